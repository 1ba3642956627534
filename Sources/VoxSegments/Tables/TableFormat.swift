/// A way to write a table as text.
///
/// Adding one means a file and a line in ``TableFormats``.
public protocol TableFormat: Sendable {
  /// What users call it, and the ending of its files.
  var name: String { get }
  /// One line for help texts.
  var summary: String { get }
  /// A table as text that ends with a line feed.
  func text(of table: CSVTable) -> String
}

/// Every way to write a table, the default first.
public enum TableFormats {
  public static let all: [any TableFormat] = [CommaSeparated(), TabSeparated(), JSONTable()]

  /// The format a user means, case ignored.
  public static func named(_ name: String) -> (any TableFormat)? { all.first { $0.name == name.lowercased() } }
}
