import Foundation
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

  private static func slice(
    _ chain: inout Chain, from starts: [Int64], to ends: [Int64], along axes: [Int64], steps: [Int64]
  ) throws {
    let lists = [starts, ends, axes, steps].map { Literal([$0.count], integers: $0) }
    try chain.append("Slice", lists[0], lists[1], lists[2], lists[3])
  }

  private enum Case: String, CaseIterable, CustomTestStringConvertible {
    case groupsAndReLU, groupsOfTheOperator, groupsHalfWay, instancesAndPReLU, instancesAndLeakyReLU, tanh, slices

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
      case .slices:
        try slice(&chain, from: [1, 2], to: [6, 0], along: [1, 4], steps: [2, -1])
        try slice(&chain, from: [1], to: [4], along: [2], steps: [2])
        try slice(&chain, from: [-1, 0], to: [0, 1], along: [1, 4], steps: [-1, 1])
        try slice(&chain, from: [1], to: [2], along: [2], steps: [1])
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

  /// The first nodes of `x / sqrt(2)`, error function, plus 1, times `x`, times 1/2.
  private static func gelu(_ length: Int, isDivided: Bool) throws -> Graph {
    var graph = Graph()
    let x = graph.value(named: "x")
    graph.inputs = [Graph.Port(value: x, name: "x", extents: nil)]
    func number(_ value: Float) -> Graph.Value { graph.literal(Literal([], floats: [value]), named: "number") }
    func append(_ name: String, _ inputs: [Graph.Value]) throws -> Graph.Value {
      var attributes = Attributes()
      let op = try #require(OperatorRegistry.find(name)).init(&attributes)
      let output = graph.value(named: name)
      graph.nodes.append(
        Graph.Node(index: graph.nodes.count, name: name, operator: op, inputs: inputs, outputs: [output]))
      return output
    }
    var last =
      isDivided
      ? try append("Div", [x, number(Float(2).squareRoot())]) : try append("Mul", [number(Float(0.5).squareRoot()), x])
    last = try append("Erf", [last])
    if length > 2 { last = try append("Add", [last, number(1)]) }
    if length > 3 { last = try append("Mul", [x, last]) }
    if length > 4 { last = try append("Mul", [last, number(0.5)]) }
    graph.outputs = [Graph.Port(value: last, name: "y", extents: nil)]
    return graph
  }

  @Test(arguments: [2, 3, 4, 5], [true, false])
  func geluIsOneOperator(_ length: Int, isDivided: Bool) throws {
    let model = try CompiledModel(try Self.gelu(length, isDivided: isDivided), inputShape: Self.shape, threads: 2)
    #expect(model.specialized.graph.nodes.map { type(of: $0.operator).name } == ["FusedGelu"])
    let x = (0..<Self.shape.count).map { Double(($0 * 7919) % 101) / 12 - 4 }
    let output = Tensor(Self.shape), gradient = Tensor(Self.shape)
    try model.forward(Tensor(Self.shape, x.map { Float($0) }), into: output, keepingTape: true)
    try model.vjp(Tensor(Self.shape, x.map { _ in 1 }), into: gradient)
    // The normal distribution and its density.
    let p = x.map { (1 + erf($0 / 2.0.squareRoot())) / 2 }
    let d = x.map { exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot() }
    let (values, slopes): ([Double], [Double]) =
      switch length {
      case 2: (p.map { 2 * $0 - 1 }, d.map { 2 * $0 })
      case 3: (p.map { 2 * $0 }, d.map { 2 * $0 })
      case 4: (zip(x, p).map { 2 * $0 * $1 }, x.indices.map { 2 * (p[$0] + x[$0] * d[$0]) })
      default: (zip(x, p).map { $0 * $1 }, x.indices.map { p[$0] + x[$0] * d[$0] })
      }
    #expect(relativeError(Array(output.elements), values) < 1e-6)
    #expect(relativeError(Array(gradient.elements), slopes) < 1e-6)
  }

  @Test func otherNumbersAreNoGelu() throws {
    var graph = try Self.gelu(5, isDivided: true)
    for value in graph.literals.keys where graph.literals[value]?.floats == [0.5] {
      graph.literals[value] = Literal([], floats: [0.75])
    }
    let model = try CompiledModel(graph, inputShape: Self.shape, threads: 2)
    #expect(model.specialized.graph.nodes.map { type(of: $0.operator).name } == ["FusedGelu", "Mul"])
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
