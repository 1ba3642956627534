/// The attributes of a node, read one by one; what is left over is an error, never ignored.
public struct Attributes: Sendable {
  /// A value of an attribute.
  public enum Value: Sendable {
    case float(Float)
    case integer(Int)
    case string(String)
    case tensor(Literal)
    case floats([Float])
    case integers([Int])
    case strings([String])

    fileprivate var kind: String {
      switch self {
      case .float: "a float"
      case .integer: "an integer"
      case .string: "a string"
      case .tensor: "a tensor"
      case .floats: "floats"
      case .integers: "integers"
      case .strings: "strings"
      }
    }
  }

  /// Version of the operator set that the node's model asks for.
  public let opset: Int
  /// How many outputs the node names; some operators make as many as that.
  public let outputs: Int
  private var values: [String: Value]

  /// Makes attributes.
  public init(_ values: [String: Value] = [:], opset: Int = 17, outputs: Int = 1) {
    (self.values, self.opset, self.outputs) = (values, opset, outputs)
  }

  /// Whether an attribute is there and was not read yet.
  public func contains(_ name: String) -> Bool { values[name] != nil }

  /// Reads a float.
  public mutating func float(_ name: String, default fallback: Float) throws(EngineError) -> Float {
    guard let value = values.removeValue(forKey: name) else { return fallback }
    guard case .float(let float) = value else { throw wrong(name, "a float", value) }
    return float
  }

  /// Reads an integer.
  public mutating func integer(_ name: String, default fallback: Int) throws(EngineError) -> Int {
    guard let value = values.removeValue(forKey: name) else { return fallback }
    guard case .integer(let integer) = value else { throw wrong(name, "an integer", value) }
    return integer
  }

  /// Reads a string.
  public mutating func string(_ name: String, default fallback: String) throws(EngineError) -> String {
    guard let value = values.removeValue(forKey: name) else { return fallback }
    guard case .string(let string) = value else { throw wrong(name, "a string", value) }
    return string
  }

  /// Reads a list of integers; `nil` where there is none.
  public mutating func integers(_ name: String) throws(EngineError) -> [Int]? {
    guard let value = values.removeValue(forKey: name) else { return nil }
    guard case .integers(let integers) = value else { throw wrong(name, "integers", value) }
    return integers
  }

  /// Reads a list of floats; `nil` where there is none.
  public mutating func floats(_ name: String) throws(EngineError) -> [Float]? {
    guard let value = values.removeValue(forKey: name) else { return nil }
    guard case .floats(let floats) = value else { throw wrong(name, "floats", value) }
    return floats
  }

  /// Reads a tensor; `nil` where there is none.
  public mutating func tensor(_ name: String) throws(EngineError) -> Literal? {
    guard let value = values.removeValue(forKey: name) else { return nil }
    guard case .tensor(let tensor) = value else { throw wrong(name, "a tensor", value) }
    return tensor
  }

  /// Refuses attributes that nothing has read.
  public func expectConsumed() throws(EngineError) {
    guard let name = values.keys.min() else { return }
    throw EngineError(
      .unsupported, "operator set \(opset) has no such attribute of this operator", at: .attribute(name))
  }

  private func wrong(_ name: String, _ expected: String, _ found: Value) -> EngineError {
    EngineError(.malformed, "expected \(expected), found \(found.kind)", at: .attribute(name))
  }
}
