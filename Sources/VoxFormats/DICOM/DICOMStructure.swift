/// Checks that every length in a DICOM file fits into what holds it, before a parser allocates what a length says.
///
/// The walk reads tags and lengths only and ends behind the pixel data. Files are DICOM Part 10: a preamble of 128
/// bytes, `DICM`, the meta information, the data set.
///
/// - Complexity: O(elements), without reading long values.
/// - Source: DICOM PS3.5 chapter 7, annex A.4; PS3.10 chapter 7.
struct DICOMStructure {
  /// What the meta information says of the encoding.
  private(set) var transferSyntax = DICOMTransferSyntax.named("1.2.840.10008.1.2")
  /// Media Storage SOP Class UID (0002,0002): what kind of object the file holds.
  private(set) var storageClass: String?
  /// The pixel data, where the data set has any.
  private(set) var pixelData: PixelData?

  /// How pixel data are stored.
  enum PixelData {
    /// One value of so many bytes.
    case native(bytes: Int)
    /// Compressed, in fragments.
    case encapsulated
  }

  private var bytes: WindowedFile
  private var position = 132

  /// Items within items beyond this depth are refused; real files stay below ten.
  private static let maximumDepth = 32
  private static let undefined = UInt32.max

  /// Whether a file begins as DICOM Part 10 files do.
  static func isDICOM(_ path: String) throws(FormatError) -> Bool {
    var bytes = try WindowedFile(path)
    guard bytes.count >= 132 else { return false }
    return try bytes.read(at: 128, count: 4) == Array("DICM".utf8)
  }

  /// Walks a file.
  ///
  /// - Throws: ``FormatError``: `unreadable`; `malformed` with the offset of the element that does not fit.
  init(checking path: String) throws(FormatError) {
    bytes = try WindowedFile(path)
    do {
      try walkFile()
    } catch {
      throw error.inside(.file(path))
    }
  }

  private mutating func walkFile() throws(FormatError) {
    guard bytes.count >= 132, try bytes.read(at: 128, count: 4) == Array("DICM".utf8) else {
      throw FormatError(.malformed, "expected DICM, as DICOM files have it; found something else", at: .offset(128))
    }
    try walkMetaInformation()
    if transferSyntax.uid == DICOMTransferSyntax.deflated { return }
    try walkDataSet(transferSyntax.elements, end: bytes.count, depth: 0, delimited: false)
  }

  private mutating func walkMetaInformation() throws(FormatError) {
    while position + 8 <= bytes.count, try number16(at: position, bigEndian: false) == 2 {
      let element = try header(.explicitLittle, end: bytes.count)
      guard element.length != Self.undefined else { throw Self.undefinedLength(element) }
      let value = try bytes.read(at: position, count: Int(min(element.length, 64)))
      let uid = String(decoding: value.prefix { $0 != 0 && $0 != 0x20 }, as: UTF8.self)
      switch element.tag {
      case .mediaStorageSOPClassUID: storageClass = uid
      case .transferSyntaxUID: transferSyntax = DICOMTransferSyntax.named(uid)
      default: break
      }
      position += Int(element.length)
    }
  }

  /// Walks elements up to `end`, or, where `delimited`, up to an item delimiter.
  private mutating func walkDataSet(
    _ layout: DICOMTransferSyntax.Elements, end: Int, depth: Int, delimited: Bool
  ) throws(FormatError) {
    guard depth <= Self.maximumDepth else {
      throw FormatError(.malformed, "expected at most \(Self.maximumDepth) nested items", at: .offset(position))
    }
    while position < end {
      let element = try header(layout, end: end)
      if element.tag == .itemEnd, delimited { return }
      guard element.tag.group != DICOMTag.item.group else {
        throw FormatError(
          .malformed, "expected a data element, found \(element.tag), which delimits items", at: .offset(element.start))
      }
      try walkValue(element, layout, end: end, depth: depth)
      if element.tag == .pixelData, depth == 0 {
        pixelData = element.length == Self.undefined ? .encapsulated : .native(bytes: Int(element.length))
        return
      }
    }
    if delimited {
      throw FormatError(.malformed, "expected an item delimiter, found the end of the data", at: .offset(position))
    }
  }

  private mutating func walkValue(
    _ element: Header, _ layout: DICOMTransferSyntax.Elements, end: Int, depth: Int
  ) throws(FormatError) {
    let length = Int(element.length)
    if element.length == Self.undefined {
      switch element.representation {
      case "OB", "OW": try walkFragments(of: element, end: end)
      case "SQ": try walkItems(layout, end: end, depth: depth, delimited: true)
      // reference: a sequence in UN is implicit little endian, DICOM PS3.5 6.2.2 note 1.
      case "UN": try walkItems(.implicitLittle, end: end, depth: depth, delimited: true)
      case nil where element.tag == .pixelData: try walkFragments(of: element, end: end)
      case nil: try walkItems(layout, end: end, depth: depth, delimited: true)
      default: throw Self.undefinedLength(element)
      }
      return
    }
    if try isSequence(element) {
      try walkItems(layout, end: position + length, depth: depth, delimited: false)
    } else {
      position += length
    }
  }

  private mutating func isSequence(_ element: Header) throws(FormatError) -> Bool {
    guard element.representation == nil else { return element.representation == "SQ" }
    guard element.length >= 8 else { return false }
    return try bytes.read(at: position, count: 4) == [0xFE, 0xFF, 0x00, 0xE0]
  }

  /// Walks the items of a sequence up to `end`, or, where `delimited`, up to a sequence delimiter.
  private mutating func walkItems(
    _ layout: DICOMTransferSyntax.Elements, end: Int, depth: Int, delimited: Bool
  ) throws(FormatError) {
    while position < end {
      let (start, tag, length) = try item(bigEndian: layout == .explicitBig, end: end)
      switch tag {
      case .sequenceEnd where delimited: return
      case .item where length == Self.undefined:
        try walkDataSet(layout, end: end, depth: depth + 1, delimited: true)
      case .item:
        try walkDataSet(layout, end: position + Int(length), depth: depth + 1, delimited: false)
      default: throw FormatError(.malformed, "expected an item, found \(tag)", at: .offset(start))
      }
    }
    if delimited {
      throw FormatError(.malformed, "expected a sequence delimiter, found the end of the data", at: .offset(position))
    }
  }

  private mutating func walkFragments(of element: Header, end: Int) throws(FormatError) {
    while position < end {
      let (start, tag, length) = try item(bigEndian: false, end: end)
      if tag == .sequenceEnd { return }
      guard tag == .item, length != Self.undefined else {
        throw FormatError(.malformed, "expected a fragment of pixel data, found \(tag)", at: .offset(start))
      }
      position += Int(length)
    }
    throw FormatError(
      .malformed, "expected the end of the pixel data's fragments, found the end of the data", at: .offset(position))
  }
}

extension DICOMStructure {
  /// Tag, value representation (`nil` in implicit files) and length of an element that starts at `start`.
  private struct Header {
    let start: Int
    let tag: DICOMTag
    let representation: String?
    let length: UInt32
  }

  private static func undefinedLength(_ element: Header) -> FormatError {
    FormatError(
      .malformed, "expected a length, found an undefined one for \(element.representation ?? "the value")",
      at: .offset(element.start), element.tag.context)
  }

  /// Value representations whose length has 16 bits.
  private static let shortRepresentations: Set<String> = [
    "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI",
    "UL", "US",
  ]

  /// Value representations whose length has 32 bits, after two reserved bytes.
  private static let longRepresentations: Set<String> = [
    "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV",
  ]

  /// Reads an element's header and leaves `position` at its value, which fits before `end`.
  private mutating func header(_ layout: DICOMTransferSyntax.Elements, end: Int) throws(FormatError) -> Header {
    let (start, big) = (position, layout == .explicitBig)
    try need(8, end: end)
    let tag = DICOMTag(try number16(at: start, bigEndian: big), try number16(at: start + 2, bigEndian: big))
    let length: UInt32
    var representation: String?
    if layout == .implicitLittle || tag.group == 0xFFFE {
      length = try number32(at: start + 4, bigEndian: big)
      position += 8
    } else {
      let vr = String(decoding: try bytes.read(at: start + 4, count: 2), as: UTF8.self)
      representation = vr
      if Self.longRepresentations.contains(vr) {
        try need(12, end: end)
        length = try number32(at: start + 8, bigEndian: big)
        position += 12
      } else if Self.shortRepresentations.contains(vr) {
        length = UInt32(try number16(at: start + 6, bigEndian: big))
        position += 8
      } else {
        throw FormatError(
          .malformed, "expected a value representation such as UI, found \(vr.debugDescription)", at: .offset(start),
          tag.context)
      }
    }
    if length != Self.undefined, Int(length) > end - position {
      throw FormatError(
        .malformed, "expected \(length) bytes, found \(end - position): the file is damaged or cut off",
        at: .offset(start), tag.context)
    }
    return Header(start: start, tag: tag, representation: representation, length: length)
  }

  private mutating func item(bigEndian: Bool, end: Int) throws(FormatError) -> (Int, DICOMTag, UInt32) {
    let element = try header(bigEndian ? .explicitBig : .explicitLittle, end: end)
    guard element.tag.group == 0xFFFE else {
      throw FormatError(.malformed, "expected an item, found \(element.tag)", at: .offset(element.start))
    }
    return (element.start, element.tag, element.length)
  }

  private func need(_ count: Int, end: Int) throws(FormatError) {
    guard end - position >= count else {
      throw FormatError(
        .malformed, "expected a data element, found \(end - position) bytes: the file is damaged or cut off",
        at: .offset(position))
    }
  }

  private mutating func number16(at offset: Int, bigEndian: Bool) throws(FormatError) -> UInt16 {
    let b = try bytes.read(at: offset, count: 2).map(UInt16.init)
    return bigEndian ? b[0] << 8 | b[1] : b[1] << 8 | b[0]
  }

  private mutating func number32(at offset: Int, bigEndian: Bool) throws(FormatError) -> UInt32 {
    let b = try bytes.read(at: offset, count: 4).map(UInt32.init)
    return bigEndian ? b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3] : b[3] << 24 | b[2] << 16 | b[1] << 8 | b[0]
  }
}

extension DICOMTag {
  fileprivate static let item = DICOMTag(0xFFFE, 0xE000)
  fileprivate static let itemEnd = DICOMTag(0xFFFE, 0xE00D)
  fileprivate static let sequenceEnd = DICOMTag(0xFFFE, 0xE0DD)
}
