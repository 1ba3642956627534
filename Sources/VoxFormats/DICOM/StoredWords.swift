/// How words in memory hold pixel values: in their low bits, in the order of this machine.
struct StoredWords: Sendable {
  /// Bits of a word: 8, 16 or 32.
  var size: Int
  /// Bits of a value; those above hold overlays in old files, and codecs differ in what they leave there.
  var bits: Int
  var isSigned: Bool

  /// Words of so many bits.
  init(size: Int, bits: Int, isSigned: Bool) { (self.size, self.bits, self.isSigned) = (size, bits, isSigned) }

  /// Words as the elements of a file describe them.
  init(_ layout: DICOMSlice.PixelLayout) {
    self.init(size: layout.bitsAllocated, bits: layout.bitsStored, isSigned: layout.isSigned)
  }

  /// Every value that there can be.
  var range: ClosedRange<Int> { isSigned ? -(1 << (bits - 1))...((1 << (bits - 1)) - 1) : 0...((1 << bits) - 1) }
}
