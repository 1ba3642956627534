/// A table of text cells under named columns, written and read as comma-separated values.
///
/// - Source: RFC 4180, with a line feed as the line ending and UTF-8 as the encoding.
public struct CSVTable: Sendable, Hashable {
  /// The names in the first line.
  public let columns: [String]
  /// The columns whose cells are text even where they look like numbers.
  public let texts: Set<String>
  /// One array of cells per line, as long as `columns`.
  public private(set) var rows: [[String]] = []

  /// Makes a table without rows.
  public init(columns: [String], texts: Set<String> = []) { (self.columns, self.texts) = (columns, texts) }

  /// Adds a line.
  ///
  /// - Precondition: one cell per column.
  public mutating func append(_ row: [String]) {
    precondition(row.count == columns.count, "a row needs one cell per column")
    rows.append(row)
  }

  /// The table as text, every line ended by a line feed.
  public var text: String {
    ([columns] + rows).reduce(into: "") { $0 += $1.map(Self.quoted).joined(separator: ",") + "\n" }
  }

  /// A number as a cell: the shortest text that reads back as the same number, integers without a point.
  ///
  /// A missing or non-finite number is an empty cell.
  public static func cell(_ number: Double?) -> String {
    guard let number, number.isFinite else { return "" }
    if number.magnitude < 0x1p53, let whole = Int(exactly: number) { return String(whole) }
    return "\(number)"
  }

  private static func quoted(_ cell: String) -> String {
    let special = cell.utf8.contains { [.comma, .quote, .lineFeed, .carriageReturn].contains($0) }
    return special ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
  }
}

extension UInt8 {
  static let comma = UInt8(ascii: ",")
  static let quote = UInt8(ascii: "\"")
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
}
