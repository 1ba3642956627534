extension Reference {
  /// An attribute of a node; written as a plain number, text or list of integers.
  public enum Attribute: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
    ExpressibleByArrayLiteral
  {
    case float(Float)
    case integer(Int)
    case integers([Int])
    case string(String)

    public init(floatLiteral value: Float) { self = .float(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral values: Int...) { self = .integers(values) }
  }
}
