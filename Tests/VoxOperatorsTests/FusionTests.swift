import Testing
import VoxOperators
import VoxTensor

/// Normalization, scaling and activation become one operator, which computes what they compute one after the other.
@Suite struct FusionTests {
  /// A chain of nodes behind the input [1, 6, 4, 3, 5].
  private struct Chain {
    var graph = Graph()
    private(set) var last: Graph.Value
    private let input: Graph.Value

    init() {
      input = graph.value(named: "x")
      last = input
      graph.inputs = [Graph.Port(value: input, name: "x", extents: nil)]
    }

    mutating func append(
      _ name: String, _ literals: Literal..., attributes values: [String: Attributes.Value] = [:], opset: Int = 17
    ) throws {
      var attributes = Attributes(values, opset: opset)
      let op = try #require(OperatorRegistry.find(name)).init(&attributes)
      let inputs = [last] + literals.map { graph.literal($0, named: "literal") }
      last = graph.value(named: name)
      graph.nodes.append(
        Graph.Node(index: graph.nodes.count, name: name, operator: op, inputs: inputs, outputs: [last]))
    }

    /// The graph up to the last node.
    var finished: Graph {
      var graph = graph
      graph.outputs = [Graph.Port(value: last, name: "y", extents: nil)]
      return graph
    }
  }

  static let shape: Shape = [1, 6, 4, 3, 5]

  private static func perChannel(_ values: [Float]) -> Literal { Literal([values.count, 1, 1, 1], floats: values) }

  /// Group normalization as PyTorch's exporters write it.
  private static func groups(_ chain: inout Chain) throws {
    try chain.append("Reshape", Literal([3], integers: [0, 3, -1]))
    try chain.append(
      "InstanceNormalization", Literal([3], floats: [1, 1, 1]), Literal([3], floats: [0, 0, 0]),
      attributes: ["epsilon": .float(1e-4)])
    try chain.append("Reshape", Literal([5], integers: [1, 6, 4, 3, 5]))
    try chain.append("Mul", perChannel([1, -2, 0.5, 3, 1, 0.1]))
    try chain.append("Add", perChannel([0.1, 0.2, -0.3, 0, 1, -1]))
  }

  private static func instances(_ chain: inout Chain) throws {
    try chain.append(
      "InstanceNormalization", Literal([6], floats: [1, 2, 0.5, -1, 1, 3]),
      Literal([6], floats: [0, 0.1, -0.2, 0.3, 0, 1]))
  }

  private enum Case: String, CaseIterable, CustomTestStringConvertible {
    case groupsAndReLU, groupsOfTheOperator, groupsHalfWay, instancesAndPReLU, instancesAndLeakyReLU, tanh

    var testDescription: String { rawValue }

    /// Operators after fusion.
    var remaining: Int { self == .tanh || self == .groupsHalfWay ? 2 : 1 }

    func chain() throws -> Chain {
      var chain = Chain()
      switch self {
      case .groupsAndReLU:
        try groups(&chain)
        try chain.append("Relu")
      case .groupsOfTheOperator:
        let (scale, bias) = (Literal([6], floats: [1, 2, 3, 4, 5, 6]), Literal([6], floats: [0, 1, 0, -1, 0, 1]))
        try chain.append("GroupNormalization", scale, bias, attributes: ["num_groups": .integer(2)], opset: 21)
        try chain.append("LeakyRelu", attributes: ["alpha": .float(0.2)])
      case .groupsHalfWay:
        try chain.append("Reshape", Literal([3], integers: [0, 3, -1]))
        try chain.append(
          "InstanceNormalization", Literal([3], floats: [1, 2, 1]), Literal([3], floats: [0, 1, 0]))
        try chain.append("Relu")
      case .instancesAndPReLU:
        try instances(&chain)
        try chain.append("PRelu", perChannel([0.1, 0.2, 0.3, -0.4, 0.5, 1.6]))
      case .instancesAndLeakyReLU:
        try instances(&chain)
        try chain.append("LeakyRelu", attributes: ["alpha": .float(0.01)])
      case .tanh:
        try instances(&chain)
        try chain.append("Tanh")
      }
      return chain
    }
  }

  @Test(arguments: Case.allCases)
  private func oneOperatorComputesWhatTheChainDoes(_ fusion: Case) throws {
    let graph = try fusion.chain().finished
    let fused = try CompiledModel(graph, inputShape: Self.shape, threads: 2)
    #expect(fused.specialized.graph.nodes.count == fusion.remaining)
    let (output, gradient) = try run([fused])
    let (outputs, gradients) = try run(try singles(graph))
    #expect(relativeError(output, outputs.map(Double.init)) < 1e-6)
    #expect(relativeError(gradient, gradients.map(Double.init)) < 1e-5)
  }

  @Test func aValueThatIsReadTwiceStays() throws {
    var chain = Chain()
    try Self.instances(&chain)
    let normalized = chain.last
    try chain.append("Relu")
    var graph = chain.graph
    var attributes = Attributes()
    let sum = try #require(OperatorRegistry.find("Add")).init(&attributes)
    let both = graph.value(named: "sum")
    graph.nodes.append(
      Graph.Node(index: 2, name: "sum", operator: sum, inputs: [normalized, chain.last], outputs: [both]))
    graph.outputs = [Graph.Port(value: both, name: "y", extents: nil)]
    let model = try CompiledModel(graph, inputShape: Self.shape, threads: 2)
    #expect(model.specialized.graph.nodes.count == 3)
  }

  /// Every node of a chain as a model of its own.
  private func singles(_ graph: Graph) throws -> [CompiledModel] {
    var shape = Self.shape
    return try graph.nodes.map { node in
      var single = graph
      single.inputs = [Graph.Port(value: try #require(node.inputs[0]), name: "x", extents: nil)]
      single.nodes = [node]
      single.outputs = [Graph.Port(value: node.outputs[0], name: "y", extents: nil)]
      let model = try CompiledModel(single, inputShape: shape, threads: 1)
      shape = model.outputShape
      return model
    }
  }

  /// Runs models one after the other, and a cotangent back through them.
  private func run(_ models: [CompiledModel]) throws -> (output: [Float], gradient: [Float]) {
    var value = Tensor(Self.shape, (0..<Self.shape.count).map { Float(($0 * 7919) % 101) / 50 - 1 })
    for model in models {
      let output = Tensor(model.outputShape)
      try model.forward(value, into: output, keepingTape: true)
      value = output
    }
    var cotangent = Tensor(value.shape, (0..<value.shape.count).map { Float(($0 * 31) % 17) / 8 - 1 })
    for model in models.reversed() {
      let gradient = Tensor(model.inputShape)
      try model.vjp(cotangent, into: gradient)
      cotangent = gradient
    }
    return (Array(value.elements), Array(cotangent.elements))
  }
}
