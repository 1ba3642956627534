/// Walks a DICOM file and checks that every length fits into what holds it, before anything is allocated by it.
///
/// The walk notes where elements lie, goes through sequences, and ends behind the pixel data. Files are DICOM Part 10:
/// a preamble of 128 bytes, `DICM`, the meta information, the data set; or they begin with meta information or data set.
///
/// - Complexity: O(elements), without reading long values.
/// - Source: DICOM PS3.5 chapter 7, annex A.4; PS3.10 chapter 7.
struct DICOMStructure {
  /// How the data set is encoded.
  private(set) var transferSyntax = DICOMTransferSyntax.named("1.2.840.10008.1.2")
  /// Media Storage SOP Class UID (0002,0002), or else SOP Class UID (0008,0016): what kind of object the file holds.
  private(set) var storageClass: String?
  /// The pixel data, where the data set has any.
  private(set) var pixelData: PixelData?
  /// The elements of the data set.
  private(set) var index = DICOMIndex()
  /// Where the data set begins in the file.
  private(set) var dataSetStart = 0

  /// How pixel data are stored.
  enum PixelData: Sendable {
    /// One value of so many bytes, at an offset of the file or of the inflated data set.
    case native(offset: Int, bytes: Int, isWords: Bool)
    /// Compressed, in fragments of which the first is the offset table.
    case encapsulated([Fragment])
  }

  /// A part of compressed pixel data.
  struct Fragment: Sendable {
    /// Where its item begins: 8 bytes before its first byte.
    var start: Int
    var count: Int
    /// The first two bytes, by which compressed frames begin.
    var marker: UInt16

    /// Where its bytes lie in the file.
    var bytes: Range<Int> { (start + 8)..<(start + 8 + count) }
  }

  private var bytes: DICOMBytes
  private var position = 0
  private let keepsPixels: Bool

  /// Items within items beyond this depth are refused; real files stay below ten.
  private static let maximumDepth = 32
  private static let undefined = UInt32.max
  /// Longer values are passed over.
  private static let longestKept: UInt32 = 1 << 20

  /// Whether a file begins as DICOM files do.
  static func isDICOM(_ path: String) throws(FormatError) -> Bool {
    try DICOMStart(of: prefix(FileDescriptor.reading(path), path)) != nil
  }

  /// Walks a file.
  ///
  /// - Parameter keepingPixels: whether native pixel data stay in the index, however long.
  /// - Throws: ``FormatError``: `unreadable`; `malformed` with the offset of the element that does not fit.
  init(checking path: String, keepingPixels: Bool = false) throws(FormatError) {
    let file = try FileDescriptor.reading(path)
    guard let start = DICOMStart(of: try Self.prefix(file, path)) else {
      throw FormatError(
        .malformed, "expected DICM, as DICOM files have it; found something else", at: .file(path), .offset(128))
    }
    do throws(FormatError) {
      bytes = DICOMBytes(file, count: file.length ?? 0)
      keepsPixels = keepingPixels
      try walkFile(start, file)
    } catch {
      throw error.inside(.file(path))
    }
    index.bytes = bytes.kept
  }

  /// The first bytes of a regular file.
  private static func prefix(_ file: FileDescriptor, _ path: String) throws(FormatError) -> [UInt8] {
    guard let length = file.length else {
      throw FormatError(.unreadable, "expected a regular file", at: .file(path))
    }
    do throws(FormatError) {
      return try DICOMBytes(file, count: length).glance(at: 0, count: DICOMStart.size)
    } catch {
      throw error.inside(.file(path))
    }
  }

  private mutating func walkFile(_ start: DICOMStart, _ file: FileDescriptor) throws(FormatError) {
    position = start.offset
    var uid: String?
    if start.hasMetaInformation { uid = try walkMetaInformation() }
    dataSetStart = position
    guard position < bytes.count else {
      throw FormatError(
        .malformed, "expected a data set, found the end of the file: it is damaged or cut off", at: .offset(position))
    }
    if let uid {
      transferSyntax = .named(uid)
    } else {
      let prefix = try bytes.glance(at: position, count: DICOMStart.size)
      transferSyntax = .uncompressed(DICOMStart.layout(of: prefix[...]) ?? .implicitLittle)
    }
    if transferSyntax.isDeflated {
      (bytes, position) = (try DICOMBytes(inflating: file, from: position), 0)
    }
    try walkDataSet(transferSyntax.elements, end: bytes.count, depth: 0, delimited: false)
  }

  /// Walks group 2 and returns the UID of the transfer syntax, if it has one.
  private mutating func walkMetaInformation() throws(FormatError) -> String? {
    var syntax: String?
    while position + 8 <= bytes.count, try number16(at: position, bigEndian: false) == 2 {
      let element = try header(.explicitLittle, end: bytes.count)
      guard element.length != Self.undefined else { throw Self.undefinedLength(element) }
      switch element.tag {
      case .mediaStorageSOPClassUID: storageClass = try uid(element)
      case .transferSyntaxUID: syntax = try uid(element)
      default: break
      }
      position += Int(element.length)
    }
    return syntax
  }

  private mutating func uid(_ element: Header) throws(FormatError) -> String? {
    let place = try bytes.place(of: position, count: Int(min(element.length, 64)))
    let value = bytes.kept[place..<(place + Int(min(element.length, 64)))].prefix { $0 != 0 && $0 != 0x20 }
    return value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
  }

  /// Walks elements up to `end`, or, where `delimited`, up to an item delimiter.
  private mutating func walkDataSet(
    _ layout: DICOMTransferSyntax.Elements, end: Int, depth: Int, delimited: Bool
  ) throws(FormatError) {
    guard depth <= Self.maximumDepth else {
      throw FormatError(.malformed, "expected at most \(Self.maximumDepth) nested items", at: .offset(position))
    }
    while position < end {
      if depth == 0, try bytes.isAtEnd(position) { return }
      let element = try header(layout, end: end)
      if element.tag == .itemEnd, delimited { return }
      guard element.tag.group != DICOMTag.item.group else {
        throw FormatError(
          .malformed, "expected a data element, found \(element.tag), which delimits items", at: .offset(element.start))
      }
      if element.tag == .pixelData, depth == 0 { return try walkPixels(element, end: end) }
      try walkValue(element, layout, end: end, depth: depth)
    }
    if delimited {
      throw FormatError(.malformed, "expected an item delimiter, found the end of the data", at: .offset(position))
    }
  }

  private mutating func walkValue(
    _ element: Header, _ layout: DICOMTransferSyntax.Elements, end: Int, depth: Int
  ) throws(FormatError) {
    let length = Int(element.length)
    let isUndefined = element.length == Self.undefined
    let entry = try index.append(
      .init(
        tag: element.tag, representation: element.representation, length: isUndefined ? 0 : element.length, value: -1,
        next: 0))
    // reference: a sequence in UN is implicit little endian, DICOM PS3.5 6.2.2 note 1.
    let inner = element.representation == .unknown ? .implicitLittle : layout
    if isUndefined {
      switch element.representation {
      case .bytes, .words: _ = try fragments(end: end)
      case .sequence, .unknown, .none: try walkItems(inner, end: end, depth: depth, delimited: true)
      default: throw Self.undefinedLength(element)
      }
      return index.close(entry)
    }
    let start = position
    if element.length <= Self.longestKept {
      index.place(entry, at: try bytes.place(of: start, count: length))
      if element.tag == .sopClassUID, depth == 0, storageClass == nil { storageClass = try uid(element) }
    }
    if element.representation == .sequence {
      try walkItems(inner, end: start + length, depth: depth, delimited: false)
      index.close(entry)
    } else if element.representation == .none || element.representation == .unknown, try beginsAsSequence(length) {
      do throws(FormatError) {
        try walkItems(inner, end: start + length, depth: depth, delimited: false)
        index.close(entry)
      } catch {
        guard error.code == .malformed else { throw error }
        index.reopen(entry)
      }
    }
    position = start + length
  }

  /// Whether a value that is not said to be a sequence begins with an item.
  private mutating func beginsAsSequence(_ length: Int) throws(FormatError) -> Bool {
    guard length >= 8 else { return false }
    let place = try bytes.place(of: position, count: 4)
    return bytes.kept[place..<(place + 4)].elementsEqual([0xFE, 0xFF, 0x00, 0xE0])
  }

  /// Walks the items of a sequence up to `end`, or, where `delimited`, up to a sequence delimiter.
  private mutating func walkItems(
    _ layout: DICOMTransferSyntax.Elements, end: Int, depth: Int, delimited: Bool
  ) throws(FormatError) {
    while position < end {
      let (start, tag, length) = try item(bigEndian: layout == .explicitBig, end: end)
      if tag == .sequenceEnd, delimited { return }
      guard tag == .item else { throw FormatError(.malformed, "expected an item, found \(tag)", at: .offset(start)) }
      let entry = try index.append(.init(tag: tag, representation: .none, length: 0, value: -1, next: 0))
      let isUndefined = length == Self.undefined
      try walkDataSet(
        layout, end: isUndefined ? end : position + Int(length), depth: depth + 1, delimited: isUndefined)
      index.close(entry)
    }
    if delimited {
      throw FormatError(.malformed, "expected a sequence delimiter, found the end of the data", at: .offset(position))
    }
  }

  private mutating func walkPixels(_ element: Header, end: Int) throws(FormatError) {
    if element.length == Self.undefined {
      guard !transferSyntax.isDeflated else { throw Self.undefinedLength(element) }
      pixelData = .encapsulated(try fragments(end: end))
      return
    }
    let length = Int(element.length)
    let isWords = element.representation == .words || element.representation == .none
    pixelData = .native(offset: position, bytes: length, isWords: isWords)
    let value = keepsPixels ? try bytes.place(of: position, count: length) : -1
    _ = try index.append(
      .init(tag: element.tag, representation: element.representation, length: element.length, value: value, next: 0))
  }

  private mutating func fragments(end: Int) throws(FormatError) -> [Fragment] {
    var fragments: [Fragment] = []
    while position + 8 <= end {
      let head = try bytes.glance(at: position, count: 10)
      guard head.count >= 8 else { break }
      let tag = DICOMTag(UInt16(head[0]) | UInt16(head[1]) << 8, UInt16(head[2]) | UInt16(head[3]) << 8)
      let length = head[4..<8].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      if tag == .sequenceEnd {
        position += 8
        return fragments
      }
      guard tag == .item, length != Self.undefined else {
        throw FormatError(.malformed, "expected a fragment of pixel data, found \(tag)", at: .offset(position))
      }
      try Self.check(length, fits: end - position - 8, tag, at: position)
      let marker = length >= 2 && head.count == 10 ? UInt16(head[8]) << 8 | UInt16(head[9]) : 0
      fragments.append(Fragment(start: position, count: Int(length), marker: marker))
      position += 8 + Int(length)
    }
    throw FormatError(
      .malformed, "expected the end of the pixel data's fragments, found the end of the data", at: .offset(position))
  }
}

extension DICOMStructure {
  /// Tag, value representation and length of an element that starts at `start`.
  private struct Header {
    let start: Int
    let tag: DICOMTag
    let representation: DICOMRepresentation
    let length: UInt32
  }

  private static func undefinedLength(_ element: Header) -> FormatError {
    let what = element.representation == .none ? "the value" : element.representation.letters
    return FormatError(
      .malformed, "expected a length, found an undefined one for \(what)", at: .offset(element.start),
      element.tag.context)
  }

  private static func check(_ length: UInt32, fits room: Int, _ tag: DICOMTag, at start: Int) throws(FormatError) {
    guard Int(length) <= room else {
      throw FormatError(
        .malformed, "expected \(length) bytes, found \(room): the file is damaged or cut off", at: .offset(start),
        tag.context)
    }
  }

  /// Reads an element's header and leaves `position` at its value, which fits before `end`.
  private mutating func header(_ layout: DICOMTransferSyntax.Elements, end: Int) throws(FormatError) -> Header {
    let (start, big) = (position, layout == .explicitBig)
    try need(8, end: end)
    let place = try bytes.place(of: start, count: 8)
    let tag = DICOMTag(number16(place, big), number16(place + 2, big))
    var representation = DICOMRepresentation.none
    let length: UInt32
    position += 8
    if layout == .implicitLittle || tag.group == DICOMTag.item.group {
      length = number32(place + 4, big)
    } else {
      representation = DICOMRepresentation(bytes.kept[place + 4], bytes.kept[place + 5])
      if representation.hasShortLength {
        length = UInt32(number16(place + 6, big))
      } else if representation.hasLongLength {
        try need(4, end: end)
        let place = try bytes.place(of: start + 8, count: 4)
        length = number32(place, big)
        position += 4
      } else {
        throw FormatError(
          .malformed, "expected a value representation such as UI, found \(representation.letters.debugDescription)",
          at: .offset(start), tag.context)
      }
    }
    if length != Self.undefined { try Self.check(length, fits: end - position, tag, at: start) }
    return Header(start: start, tag: tag, representation: representation, length: length)
  }

  private mutating func item(bigEndian: Bool, end: Int) throws(FormatError) -> (Int, DICOMTag, UInt32) {
    let element = try header(bigEndian ? .explicitBig : .implicitLittle, end: end)
    guard element.tag.group == DICOMTag.item.group else {
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
    let place = try bytes.place(of: offset, count: 2)
    return number16(place, bigEndian)
  }

  @inline(__always)
  private func number16(_ place: Int, _ bigEndian: Bool) -> UInt16 {
    let (first, second) = (UInt16(bytes.kept[place]), UInt16(bytes.kept[place + 1]))
    return bigEndian ? first << 8 | second : second << 8 | first
  }

  @inline(__always)
  private func number32(_ place: Int, _ bigEndian: Bool) -> UInt32 {
    let (first, second) = (UInt32(number16(place, bigEndian)), UInt32(number16(place + 2, bigEndian)))
    return bigEndian ? first << 16 | second : second << 16 | first
  }
}

extension DICOMTag {
  static let item = DICOMTag(0xFFFE, 0xE000)
  fileprivate static let itemEnd = DICOMTag(0xFFFE, 0xE00D)
  fileprivate static let sequenceEnd = DICOMTag(0xFFFE, 0xE0DD)
}
