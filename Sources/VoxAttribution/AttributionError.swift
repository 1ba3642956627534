/// What stops an explanation before or while it runs.
public struct AttributionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Who can put it right.
  public enum Code: Sendable, Hashable {
    /// An option or its value.
    case usage
    /// The scan's values.
    case malformedInput
    /// The network is of a kind that cannot be explained.
    case unsupported
  }

  /// Who can put it right.
  public let code: Code
  /// What was expected, what was found, what to do.
  public let description: String

  /// Makes an error.
  public init(_ code: Code, _ description: String) { (self.code, self.description) = (code, description) }

  static func usage(_ description: String) -> Self { .init(.usage, description) }
  static func malformedInput(_ description: String) -> Self { .init(.malformedInput, description) }
  static func unsupported(_ description: String) -> Self { .init(.unsupported, description) }
}
