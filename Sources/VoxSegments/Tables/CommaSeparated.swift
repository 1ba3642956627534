/// Comma-separated values.
///
/// - Source: RFC 4180, with a line feed as the line ending and UTF-8 as the encoding.
public struct CommaSeparated: TableFormat {
  public let name = "csv"
  public let summary = "comma-separated values"

  /// Makes the format.
  public init() {}

  public func text(of table: CSVTable) -> String { table.text }
}
