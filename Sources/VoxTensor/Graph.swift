/// A network as a list of operators between named values, in an order in which every value is made before it is used.
public struct Graph: Sendable {
  /// A value that flows between nodes.
  public struct Value: Sendable, Hashable {
    /// Position in ``Graph/names``.
    public let index: Int
  }

  /// One application of an operator.
  public struct Node: Sendable {
    /// Position in the file, for messages.
    public let index: Int
    /// Name in the file; may be empty.
    public let name: String
    /// What it computes.
    public let `operator`: any Operator
    /// What it reads; `nil` for an optional input that is left out.
    public let inputs: [Value?]
    /// What it makes.
    public let outputs: [Value]

    /// Makes a node.
    public init(index: Int, name: String, operator: any Operator, inputs: [Value?], outputs: [Value]) {
      (self.index, self.name, self.operator) = (index, name, `operator`)
      (self.inputs, self.outputs) = (inputs, outputs)
    }

    /// Where an error in this node lies.
    public var context: EngineError.Context {
      .node(index: index, name: name, operator: type(of: self.operator).name)
    }
  }

  /// A value that a caller gives or gets; an extent is `nil` where the file leaves it open.
  public struct Port: Sendable {
    public let value: Value
    public let name: String
    /// Extents the file declares; `nil` where it declares no shape at all.
    public let extents: [Int?]?

    /// Makes a port.
    public init(value: Value, name: String, extents: [Int?]?) {
      (self.value, self.name, self.extents) = (value, name, extents)
    }
  }

  /// Name of every value.
  public private(set) var names: [String] = []
  /// Values that are part of the graph.
  public var literals: [Value: Literal] = [:]
  /// Operators in order of execution.
  public var nodes: [Node] = []
  /// What the caller gives.
  public var inputs: [Port] = []
  /// What the caller gets.
  public var outputs: [Port] = []

  /// Makes an empty graph.
  public init() {}

  /// Adds a value.
  public mutating func value(named name: String) -> Value {
    names.append(name)
    return Value(index: names.count - 1)
  }

  /// Adds a value that is part of the graph.
  public mutating func literal(_ literal: Literal, named name: String) -> Value {
    let value = value(named: name)
    literals[value] = literal
    return value
  }

  /// Number of values in literals that a node reads.
  public var parameterCount: Int {
    let used = Set(nodes.flatMap { $0.inputs.compactMap(\.self) })
    return literals.reduce(0) { used.contains($1.key) ? $0 + $1.value.shape.count : $0 }
  }
}
