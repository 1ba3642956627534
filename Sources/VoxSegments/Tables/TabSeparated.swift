/// Tab-separated values; tabs and line feeds within a cell become spaces.
///
/// - Source: IANA `text/tab-separated-values`.
public struct TabSeparated: TableFormat {
  public let name = "tsv"
  public let summary = "tab-separated values"

  /// Makes the format.
  public init() {}

  public func text(of table: CSVTable) -> String {
    ([table.columns] + table.rows).map { row in
      row.map { cell in String(cell.map { $0 == "\t" || $0.isNewline ? " " : $0 }) }.joined(separator: "\t") + "\n"
    }.joined()
  }
}
