/// Why a network could not be loaded, planned or run.
public struct EngineError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it is; commands turn it into their exit status.
  public enum Code: Sendable {
    /// The file or the graph breaks its rules.
    case malformed
    /// The file is missing or cannot be read.
    case unreadable
    /// The graph is legal, but uses something this engine does not know.
    case unsupported
    /// The disk did not take what memory had no room for.
    case writeFailed
    /// A kernel failed; not the input's fault.
    case `internal`
  }

  /// Where the failure lies; printed before the message, outermost first.
  public enum Context: Sendable, CustomStringConvertible {
    case file(String)
    /// A node of the graph: its position, name and operator.
    case node(index: Int, name: String, operator: String)
    /// An attribute of a node.
    case attribute(String)
    /// A named tensor: an initializer, an input or an output.
    case tensor(String)

    /// The context as it is printed.
    public var description: String {
      switch self {
      case .file(let path): path
      case .node(let index, let name, let op): "node \(index)" + (name.isEmpty ? "" : " \"\(name)\"") + " (\(op))"
      case .attribute(let name): "attribute \"\(name)\""
      case .tensor(let name): "tensor \"\(name)\""
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
  public func inside(_ outer: Context) -> EngineError {
    var error = self
    error.context.insert(outer, at: 0)
    return error
  }

  /// Context and message, separated by colons.
  public var description: String { (context.map(\.description) + [message]).joined(separator: ": ") }
}
