/// How the first bytes of a file show that it is DICOM, and where its elements begin.
///
/// Beside files of DICOM Part 10, those without preamble or meta information are recognised, strictly: their first
/// elements must have rising tags of groups 2 and 8, known value representations, and even lengths.
///
/// - Source: DICOM PS3.10 7.1; PS3.5 7.1.
struct DICOMStart {
  /// Offset of the first element.
  let offset: Int
  /// Whether the first elements are meta information.
  let hasMetaInformation: Bool

  /// How many bytes of a file to give.
  static let size = 512

  /// Looks at the beginning of a file; `nil` for what is not DICOM.
  init?(of prefix: [UInt8]) {
    if prefix.count >= 132, prefix[128..<132].elementsEqual("DICM".utf8) {
      (offset, hasMetaInformation) = (132, true)
    } else if let layout = Self.layout(of: prefix[...]) {
      (offset, hasMetaInformation) = (0, layout == .explicitLittle && prefix[0] == 2)
    } else {
      return nil
    }
  }

  /// How the elements of a data set without a transfer syntax are laid out; `nil` where they do not look like elements.
  static func layout(of bytes: ArraySlice<UInt8>) -> DICOMTransferSyntax.Elements? {
    [.explicitLittle, .explicitBig, .implicitLittle].first { elements(of: bytes, $0) >= 2 }
  }

  /// How many elements at the beginning look right; 0 where one does not.
  private static func elements(of bytes: ArraySlice<UInt8>, _ layout: DICOMTransferSyntax.Elements) -> Int {
    func number(_ count: Int, at offset: Int) -> Int {
      let word = bytes[offset..<(offset + count)]
      return (layout == .explicitBig ? Array(word) : word.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    var (position, count, last) = (bytes.startIndex, 0, -1)
    while bytes.endIndex - position >= 12 {
      let group = number(2, at: position)
      let tag = group << 16 | number(2, at: position + 2)
      guard tag > last, count > 0 || (group == 2 || group == 8) && tag & 0xFFFF <= 0x18 else { return 0 }
      var (header, length) = (8, number(4, at: position + 4))
      if layout != .implicitLittle {
        let representation = DICOMRepresentation(bytes[position + 4], bytes[position + 5])
        if representation.hasLongLength {
          (header, length) = (12, number(4, at: position + 8))
        } else if representation.hasShortLength {
          length = number(2, at: position + 6)
        } else {
          return 0
        }
      }
      guard count > 1 || length % 2 == 0 && length < 1 << 16 else { return 0 }
      (position, count, last) = (position + header + length, count + 1, tag)
      // A sequence of undefined length ends what can be told.
      if length == Int(UInt32.max) { break }
    }
    return count
  }
}
