/// One entry of a label table.
public struct Label: Sendable, Hashable, Codable {
  /// The value in the label map.
  public var value: Int
  /// What the value means, such as `liver`.
  public var name: String
  /// Red, green, blue, each 0 to 255.
  public var color: [UInt8]
  /// What the value means, in codes; `nil` where nobody said.
  public var terminology: Terminology?

  /// Makes a label; without a colour one is chosen by the value.
  public init(value: Int, name: String, color: [UInt8]? = nil, terminology: Terminology? = nil) {
    (self.value, self.name, self.terminology) = (value, name, terminology)
    self.color = color.flatMap { $0.count == 3 ? $0 : nil } ?? Label.defaultColor(value)
  }

  private enum CodingKeys: String, CodingKey { case value, name, color, terminology }

  /// Reads a label; colour and terminology are optional.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      value: try container.decode(Int.self, forKey: .value),
      name: try container.decode(String.self, forKey: .name),
      color: try container.decodeIfPresent([UInt8].self, forKey: .color),
      terminology: try container.decodeIfPresent(Terminology.self, forKey: .terminology))
  }

  /// A colour for a value without one: black for 0, then hues a golden angle apart.
  public static func defaultColor(_ value: Int) -> [UInt8] {
    guard value != 0 else { return [0, 0, 0] }
    let hue = (Double(value) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1)
    return [5.0, 3.0, 1.0].map { n in
      let k = (n + abs(hue) * 6).truncatingRemainder(dividingBy: 6)
      return UInt8((230 - 150 * max(0, min(k, 4 - k, 1))).rounded())
    }
  }
}

/// The meaning of the values of a label map, in rising order of value.
public struct LabelTable: Sendable, Hashable, Codable {
  /// Entries with distinct values, in rising order.
  public let labels: [Label]

  /// Makes a table; of two entries with one value the first is kept.
  public init(_ labels: [Label] = []) {
    var seen = Set<Int>()
    self.labels = labels.filter { seen.insert($0.value).inserted }.sorted { $0.value < $1.value }
  }

  /// Reads an array of labels.
  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode([Label].self))
  }

  /// Writes an array of labels.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(labels)
  }

  /// The entry of a value.
  public subscript(value: Int) -> Label? { labels.first { $0.value == value } }

  /// The name of a value; the number itself where the table has none.
  public func name(_ value: Int) -> String { self[value]?.name ?? String(value) }

  /// The colour of a value.
  public func color(_ value: Int) -> [UInt8] { self[value]?.color ?? Label.defaultColor(value) }

  /// The value a user means by a name (case ignored) or a number; `nil` for a name the table lacks.
  public func value(_ nameOrNumber: String) -> Int? {
    labels.first { $0.name.lowercased() == nameOrNumber.lowercased() }?.value ?? Int(nameOrNumber)
  }
}
