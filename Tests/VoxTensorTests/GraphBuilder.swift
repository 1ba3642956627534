import Testing
import VoxOperators
import VoxTensor

/// Collects nodes of a graph with one input.
struct GraphBuilder {
  private(set) var graph = Graph()
  let input: Graph.Value

  init(extents: [Int?]? = nil) {
    input = graph.value(named: "x")
    graph.inputs = [Graph.Port(value: input, name: "x", extents: extents)]
  }

  mutating func literal(_ shape: Shape, _ floats: [Float]) -> Graph.Value {
    graph.literal(Literal(shape, floats: floats), named: "literal")
  }

  mutating func literal(_ values: [Int]) -> Graph.Value {
    graph.literal(Literal([values.count], integers: values.map(Int64.init)), named: "literal")
  }

  mutating func add(
    _ name: String, _ inputs: [Graph.Value], _ attributes: [String: Attributes.Value] = [:]
  ) throws -> Graph.Value {
    var attributes = Attributes(attributes)
    let type = try #require(OperatorRegistry.find(name))
    let output = graph.value(named: name)
    graph.nodes.append(
      Graph.Node(
        index: graph.nodes.count, name: "\(name)_\(graph.nodes.count)", operator: try type.init(&attributes),
        inputs: inputs, outputs: [output]))
    return output
  }

  /// A convolution of 3 x 3 x 3 with weights without a pattern.
  mutating func convolution(_ x: Graph.Value, from inputs: Int, to outputs: Int) throws -> Graph.Value {
    let shape: Shape = [outputs, inputs, 3, 3, 3]
    let weights = literal(shape, (0..<shape.count).map { Float(($0 * 37 + 11) % 23) / 23 - 0.4 })
    return try add("Conv", [x, weights], ["pads": .integers([1, 1, 1, 1, 1, 1])])
  }

  /// The graph with its output.
  mutating func finished(_ output: Graph.Value) -> Graph {
    graph.outputs = [Graph.Port(value: output, name: "logits", extents: nil)]
    return graph
  }
}
