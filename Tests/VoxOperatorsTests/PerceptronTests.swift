import Foundation
import Testing
import VoxOperators
import VoxTensor
import _VoxTestSupport

/// Perceptrons of two layers become one operator, and one kernel each way.
@Suite struct PerceptronTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var rows = [2, 601]
    var inputs = 20, hidden = 70, outputs = 9
    var hasSecondBias = true
    /// What the first bias is multiplied by.
    var distance: Float = 1
    /// Whether GELU is one node; five otherwise.
    var isOneNode = false
    /// Whether another node reads what is hidden.
    var isReadTwice = false
    var isFused = true
    var isNative = true

    var shape: Shape { Shape(rows + [inputs]) }
  }

  static let cases = [
    Case(testDescription: "of a transformer", rows: [3, 7, 50], inputs: 48, hidden: 192, outputs: 48),
    Case(testDescription: "blocks that are not full"),
    Case(testDescription: "without a second bias", hasSecondBias: false),
    Case(testDescription: "one row too few for a band", rows: [1, 1055], inputs: 16, hidden: 33, outputs: 64),
    Case(testDescription: "GELU of opset 20", isOneNode: true),
    // There GELU is the value itself, or nothing.
    Case(testDescription: "far from zero", distance: 1e4),
    Case(testDescription: "few rows", rows: [5, 7], isNative: false),
    Case(testDescription: "many weights", rows: [1, 1030], inputs: 400, hidden: 900, outputs: 3, isNative: false),
    Case(testDescription: "hidden values are read twice", isReadTwice: true, isFused: false, isNative: false),
  ]

  private static func noise(_ count: Int, seed: Int) -> [Float] {
    (0..<count).map { Float(($0 + 31 * seed) * 7919 % 2003) / 1001 - 1 }
  }

  private static func weights(_ item: Case) -> (first: [Float], bias: [Float], second: [Float], secondBias: [Float]) {
    let scale = 3 / Float(item.inputs).squareRoot()
    return (
      noise(item.inputs * item.hidden, seed: 1).map { scale * $0 },
      noise(item.hidden, seed: 2).map { item.distance * $0 },
      noise(item.hidden * item.outputs, seed: 3), noise(item.outputs, seed: 4)
    )
  }

  private static func graph(_ item: Case) throws -> Graph {
    var builder = AttentionTests.Builder()
    let x = builder.last, own = weights(item)
    func literal(_ shape: Shape, _ values: [Float]) -> Graph.Value {
      builder.graph.literal(Literal(shape, floats: values), named: "literal")
    }
    let first = literal([item.inputs, item.hidden], own.first), bias = literal([item.hidden], own.bias)
    let second = literal([item.hidden, item.outputs], own.second)
    let hidden = try builder.append("Add", [bias, try builder.append("MatMul", [x, first])])
    var bent = hidden
    if item.isOneNode {
      var attributes = Attributes([:], opset: 20)
      let op = try #require(OperatorRegistry.find("Gelu")).init(&attributes)
      bent = builder.graph.value(named: "gelu")
      builder.graph.nodes.append(
        Graph.Node(index: builder.graph.nodes.count, name: "gelu", operator: op, inputs: [hidden], outputs: [bent]))
    } else {
      let (root, one, half) = (literal([], [Float(2).squareRoot()]), literal([], [1]), literal([], [0.5]))
      let error = try builder.append("Erf", [try builder.append("Div", [hidden, root])])
      let product = try builder.append("Mul", [hidden, try builder.append("Add", [error, one])])
      bent = try builder.append("Mul", [product, half])
    }
    try builder.append("MatMul", [bent, second])
    if item.hasSecondBias { try builder.append("Add", [builder.last, literal([item.outputs], own.secondBias)]) }
    if item.isReadTwice {
      let sum = builder.last
      let nothing = try builder.append("Mul", [bent, literal([], [0])])
      try builder.append("Add", [sum, try builder.append("ReduceSum", [nothing], ["keepdims": .integer(0)])])
    }
    builder.graph.outputs = [Graph.Port(value: builder.last, name: "y", extents: nil)]
    return builder.graph
  }

  /// By the definition, in double precision.
  private static func reference(
    _ item: Case, _ x: [Float], _ dy: [Float]
  ) -> (output: [Double], gradient: [Double]) {
    let own = weights(item), (c, h, e) = (item.inputs, item.hidden, item.outputs)
    var (output, gradient) = ([Double](), [Double]())
    for row in 0..<x.count / c {
      var (y, dx) = ([Double](repeating: 0, count: e), [Double](repeating: 0, count: c))
      if item.hasSecondBias { y = own.secondBias.map(Double.init) }
      for j in 0..<h {
        let v = (0..<c).reduce(Double(own.bias[j])) { $0 + Double(x[row * c + $1]) * Double(own.first[$1 * h + j]) }
        let share = (1 + erf(v / 2.0.squareRoot())) / 2
        let d = (0..<e).reduce(0) { $0 + Double(dy[row * e + $1]) * Double(own.second[j * e + $1]) }
        let slope = share + v * exp(-v * v / 2) / (2 * Double.pi).squareRoot()
        for i in 0..<e { y[i] += v * share * Double(own.second[j * e + i]) }
        for i in 0..<c { dx[i] += d * slope * Double(own.first[i * h + j]) }
      }
      output += y
      gradient += dx
    }
    return (output, gradient)
  }

  private static func run(
    _ model: CompiledModel, cotangents: Int = 1, atOnce: Int = 1
  ) throws -> (output: [Float], gradients: [[Float]]) {
    let output = Tensor(model.outputShape)
    model.setTapes(1, ReversePass(cotangents: atOnce))
    try model.forward(
      Tensor(model.inputShape, noise(model.inputShape.count, seed: 5)), into: output, keepingTape: true)
    let seeds = (0..<cotangents).map { Tensor(model.outputShape, noise(model.outputShape.count, seed: 6 + $0)) }
    let gradients = seeds.map { _ in Tensor(model.inputShape) }
    for start in stride(from: 0, to: cotangents, by: atOnce) {
      let end = min(cotangents, start + atOnce)
      try model.vjp(Array(seeds[start..<end]), into: Array(gradients[start..<end]))
    }
    return (Array(output.elements), gradients.map { Array($0.elements) })
  }

  @Test(arguments: cases) func isWhatItsDefinitionSays(_ item: Case) throws {
    let model = try CompiledModel(try Self.graph(item), inputShape: item.shape, threads: 2)
    let names = model.specialized.graph.nodes.map { type(of: $0.operator).name }
    #expect(item.isFused ? names == ["FusedPerceptron"] : !names.contains("FusedPerceptron"))
    let kernels = try model.kernels().map(\.implementation)
    let isNative = item.isNative && VectorLanes.count != nil
    #expect(kernels.contains("native:perceptron") == isNative)
    #expect(kernels.contains("native:perceptron VJP") == isNative)
    let found = try Self.run(model)
    let expected = Self.reference(
      item, Self.noise(item.shape.count, seed: 5), Self.noise(model.outputShape.count, seed: 6))
    #expect(relativeError(found.output, expected.output) < 2e-6)
    #expect(relativeError(found.gradients[0], expected.gradient) < 2e-6)
  }

  /// What is hidden is computed once for several cotangents, and to the bit as for each alone.
  @Test(arguments: cases.filter(\.isNative)) func takesCotangentsTogether(_ item: Case) throws {
    let model = try CompiledModel(try Self.graph(item), inputShape: item.shape, threads: 2)
    let alone = try Self.run(model, cotangents: 3).gradients
    #expect(try Self.run(model, cotangents: 3, atOnce: 3).gradients == alone)
    #expect(try Self.run(model, cotangents: 3, atOnce: 2).gradients == alone)
  }

  @Test(.enabled(if: VectorLanes.count != nil, "this processor has no vectors that kernels are made for"))
  func doesNotDependOnTheThreads() throws {
    let runs = try [1, 2, 7].map { threads in
      try Self.run(try CompiledModel(try Self.graph(Self.cases[1]), inputShape: Self.cases[1].shape, threads: threads))
    }
    #expect(runs.allSatisfy { $0.output == runs[0].output && $0.gradients == runs[0].gradients })
  }

  @Test func keepsNothingHiddenOnItsTape() throws {
    let item = Case(testDescription: "wide", rows: [4096], inputs: 8, hidden: 256, outputs: 8)
    let bytes = try [false, true].map { isReadTwice in
      var item = item
      item.isReadTwice = isReadTwice
      return try CompiledModel(try Self.graph(item), inputShape: item.shape, threads: 2).memory(withTape: true).arena
    }
    let hidden = 4 * 4096 * 256
    if VectorLanes.count != nil { #expect(bytes[0] < hidden && bytes[1] > hidden) }
  }
}
