/// The private header of Siemens MR scanners: named lists of texts.
///
/// - Source: nibabel's description of the format, <https://nipy.org/nibabel/dicom/siemens_csa.html>.
struct SiemensCSA {
  /// CSA Image Header Info.
  static let imageHeader = DICOMTag(0x0029, 0x1010)

  private var fields: [String: [String]] = [:]

  /// No header has more fields, and no field more items.
  private static let (mostFields, mostItems) = (128, 1000)

  /// Reads a header of either version; `nil` for other bytes and damaged ones.
  init?(_ bytes: [UInt8]) {
    var reader = Reader(bytes)
    let isSecond = bytes.starts(with: "SV10".utf8)
    if isSecond { reader.position = 8 }
    guard let count = reader.number(), 1...Self.mostFields ~= count, reader.number() != nil else { return nil }
    var firstItems: Int?
    for _ in 0..<count {
      guard let name = reader.text(64), let multiplicity = reader.number(), reader.text(4) != nil,
        reader.number() != nil, let items = reader.number(), reader.number() != nil, 0...Self.mostItems ~= items
      else { return nil }
      let first = firstItems ?? items
      firstItems = first
      guard let values = reader.items(items, isSecond ? nil : first) else { return nil }
      fields[name] = Array(values.prefix(multiplicity > 0 ? multiplicity : items))
    }
  }

  /// The first text of a field as a number.
  func number(_ name: String) -> Double? { numbers(name).first }

  /// The texts of a field as numbers; empty where there is no such field, or one of its texts is no number.
  func numbers(_ name: String) -> [Double] {
    let texts = fields[name]?.filter { !$0.isEmpty } ?? []
    let numbers = texts.compactMap { Double($0) }.filter(\.isFinite)
    return numbers.count == texts.count ? numbers : []
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A little-endian 32-bit number; `nil` at the end.
    mutating func number() -> Int? {
      guard bytes.count - position >= 4 else { return nil }
      defer { position += 4 }
      let word = bytes[position..<(position + 4)].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return Int(Int32(bitPattern: word))
    }

    /// A text that ends before its place does or with a zero, without blanks around; `nil` at the end.
    mutating func text(_ count: Int) -> String? {
      guard count >= 0, count <= bytes.count - position else { return nil }
      defer { position += count }
      let text = bytes[position..<(position + count)].prefix { $0 != 0 }.drop { $0 == 0x20 }
      return String(decoding: text.reversed().drop { $0 == 0x20 }.reversed(), as: UTF8.self)
    }

    /// Items, padded to multiples of four bytes; `nil` at the end.
    ///
    /// - Parameter offset: what a length in the first of an item's four numbers has too much; `nil` where the second
    ///   number is the length.
    mutating func items(_ count: Int, _ offset: Int?) -> [String]? {
      var items: [String] = []
      for _ in 0..<count {
        guard let first = number(), let second = number(), number() != nil, number() != nil else { return nil }
        let length = offset.map { first - $0 } ?? second
        // An old header writes any lengths for the items that it does not have.
        guard length >= 0, length <= bytes.count - position else { return offset == nil ? nil : items }
        guard let item = text(length) else { return nil }
        items.append(item)
        position = min(bytes.count, position + (4 - length % 4) % 4)
      }
      return items
    }
  }
}
