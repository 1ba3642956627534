/// JSON: an array of one object per row with the columns as keys; an empty cell of a number is null.
///
/// - Source: RFC 8259.
public struct JSONTable: TableFormat {
  public let name = "json"
  public let summary = "an array of objects"

  /// Makes the format.
  public init() {}

  public func text(of table: CSVTable) -> String {
    let rows = table.rows.map { row in
      let fields = zip(table.columns, row).map { column, cell in
        let value = table.texts.contains(column) ? Self.string(cell) : cell.isEmpty ? "null" : cell
        return "\(Self.string(column)): \(value)"
      }
      return "  {" + fields.joined(separator: ", ") + "}"
    }
    return rows.isEmpty ? "[]\n" : "[\n" + rows.joined(separator: ",\n") + "\n]\n"
  }

  private static func string(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar -> String in
      switch scalar {
      case "\"": return "\\\""
      case "\\": return "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: return String(scalar)
      }
    }
    return "\"" + escaped.joined() + "\""
  }
}
