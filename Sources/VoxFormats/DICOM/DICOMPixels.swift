internal import CGDCM

/// Stored pixel values of one image, decompressed.
package struct DICOMPixels {
  private let layout: DICOMSlice.PixelLayout
  private let bytes: [UInt8]

  /// Decodes an image.
  ///
  /// - Throws: ``FormatError``: `unsupported` for what is not one grey value per pixel and for a transfer syntax
  ///   without a codec; `malformed`.
  package init(_ slice: DICOMSlice) throws(FormatError) {
    layout = slice.pixels
    guard layout.samples == 1, layout.hasWholeWords else {
      throw FormatError(.unsupported, "expected one grey value per pixel in whole bytes", at: .file(slice.path))
    }
    guard slice.transferSyntax.isSupported else { throw DICOMFile.unsupported(slice.transferSyntax, slice.path) }
    let file = try DICOMFile(slice.path, withPixels: true)
    let format = cgdcm_pixel_format(
      columns: UInt16(slice.columns), rows: UInt16(slice.rows), bits_allocated: UInt16(layout.bitsAllocated),
      bits_stored: UInt16(layout.bitsStored), high_bit: UInt16(layout.highBit), is_signed: layout.isSigned)
    let size = slice.columns * slice.rows * layout.bitsAllocated / 8
    var error = cgdcm_error()
    var isDecoded = false
    bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      isDecoded = cgdcm_decode(file.handle, format, buffer.baseAddress, size, &error)
      count = isDecoded ? size : 0
    }
    guard isDecoded else {
      throw FormatError(
        .malformed, "pixels in \(file.transferSyntax.name): \(error.message)", at: .file(slice.path),
        DICOMTag.pixelData.context)
    }
  }

  /// The stored values, along rows.
  package var values: [Int32] {
    var values = [Int32](repeating: 0, count: bytes.count * 8 / layout.bitsAllocated)
    forEach { values[$0] = Int32(truncatingIfNeeded: $1) }
    return values
  }

  /// Calls `body` with the place and value of every pixel, along rows.
  ///
  /// Only Bits Stored count: the bits above hold overlays in old files, and codecs differ in what they leave there.
  @inline(__always)
  func forEach(_ body: (Int, Int) -> Void) {
    switch layout.bitsAllocated {
    case 8: forEach(as: UInt8.self, body)
    case 16: forEach(as: UInt16.self, body)
    default: forEach(as: UInt32.self, body)
    }
  }

  @inline(__always)
  private func forEach<Word: FixedWidthInteger & UnsignedInteger>(as word: Word.Type, _ body: (Int, Int) -> Void) {
    let unused = Int.bitWidth - layout.bitsStored
    bytes.withUnsafeBytes { buffer in
      let words = buffer.bindMemory(to: Word.self)
      if layout.isSigned {
        for index in words.indices { body(index, (Int(words[index]) << unused) >> unused) }
      } else {
        let mask = Int(bitPattern: UInt.max >> UInt(unused))
        for index in words.indices { body(index, Int(words[index]) & mask) }
      }
    }
  }
}
