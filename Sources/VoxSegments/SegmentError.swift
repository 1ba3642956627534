/// Why segments could not be measured, or a case file or table not be understood.
public struct SegmentError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of failure it is; commands turn it into their exit status.
  public enum Code: Sendable, Hashable {
    /// Text that breaks its format, or numbers that cannot be true.
    case malformed
    /// Legal, but of a later version or not comparable with the rest.
    case unsupported
    /// Two inputs that should lie on one grid do not.
    case mismatch
    /// A value is NaN or infinite where only numbers have a meaning.
    case notFinite
  }

  /// Where the failure lies; printed before the message, outermost first.
  public enum Context: Sendable, Hashable, CustomStringConvertible {
    case file(String)
    /// A line of a table, the first being 1.
    case line(Int)
    /// A row of a table, the first below the column names being 1.
    case row(Int)
    /// A column of a table.
    case column(String)
    /// A path into a JSON document, e.g. `matrix[3].mass`.
    case field(String)
    /// The label value whose attribution is aggregated.
    case target(Int)
    /// Storage offset of a voxel.
    case voxel(Int)

    /// The context as it is printed.
    public var description: String {
      switch self {
      case .file(let path): path
      case .line(let line): "line \(line)"
      case .row(let row): "row \(row)"
      case .column(let name): "column \"\(name)\""
      case .field(let path): path
      case .target(let value): "target \(value)"
      case .voxel(let offset): "voxel \(offset)"
      }
    }
  }

  public var code: Code
  /// What was expected, what was found, what to do; lower case, no full stop.
  public var message: String
  public var context: [Context]

  /// Makes an error.
  public init(_ code: Code, _ message: String, at context: Context...) {
    (self.code, self.message, self.context) = (code, message, context)
  }

  /// The same error with a further context outside.
  public func inside(_ outer: Context) -> SegmentError {
    var error = self
    error.context.insert(outer, at: 0)
    return error
  }

  /// Context and message, separated by colons.
  public var description: String { (context.map(\.description) + [message]).joined(separator: ": ") }
}
