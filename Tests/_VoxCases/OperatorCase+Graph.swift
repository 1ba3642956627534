import VoxOperators
public import VoxTensor
import _VoxReference

extension OperatorCase {
  /// The operator with the case's attributes.
  ///
  /// - Throws: ``EngineError`` where the registry does not know it or it does not accept an attribute.
  public func makeOperator() throws(EngineError) -> any Operator {
    try Self.makeOperator(operatorName, attributes.mapValues(Attributes.Value.init), opset: opset)
  }

  /// A graph whose input is `x` and whose output is the node's first one.
  public func graph() throws(EngineError) -> Graph {
    var graph = Graph()
    let x = graph.value(named: "x")
    graph.inputs = [Graph.Port(value: x, name: "x", extents: nil)]
    var read: [Graph.Value?] = []
    for position in inputs.indices {
      switch inputs[position] {
      case .x: read.append(x)
      case .squaredX:
        let square = graph.value(named: "square")
        let times = try Self.makeOperator("Mul", [:], opset: opset)
        graph.nodes.append(
          Graph.Node(index: graph.nodes.count, name: "square", operator: times, inputs: [x, x], outputs: [square]))
        read.append(square)
      case .literal, .integers, .shaped, .floats, .scalar, .absent:
        read.append(literal(position).map { graph.literal($0, named: "literal \(position)") })
      }
    }
    let y = graph.value(named: "y")
    graph.nodes.append(
      Graph.Node(index: graph.nodes.count, name: name, operator: try makeOperator(), inputs: read, outputs: [y]))
    graph.outputs = [Graph.Port(value: y, name: "y", extents: nil)]
    return graph
  }

  private static func makeOperator(
    _ name: String, _ values: [String: Attributes.Value], opset: Int
  ) throws(EngineError) -> any Operator {
    guard let type = OperatorRegistry.find(name) else {
      throw EngineError(.unsupported, "operator \(name) is not in the registry")
    }
    var attributes = Attributes(values, opset: opset)
    let made = try type.init(&attributes)
    try attributes.expectConsumed()
    return made
  }
}

extension Attributes.Value {
  init(_ attribute: Reference.Attribute) {
    self =
      switch attribute {
      case .float(let value): .float(value)
      case .integer(let value): .integer(value)
      case .integers(let values): .integers(values)
      case .string(let value): .string(value)
      }
  }
}
