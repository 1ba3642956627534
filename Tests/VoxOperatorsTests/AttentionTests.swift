import Testing
import VoxOperators
import VoxTensor
import _VoxTestSupport

/// Attention as exporters write it becomes one operator, which computes what its nodes compute one after the other.
@Suite struct AttentionTests {
  /// How attention is written.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Heads of an input [.., N, D].
    var batch = [2, 3]
    var queries = 50, keys = 33, depth = 5, width = 17
    /// What comes between the product and the softmax.
    var scores: @Sendable (inout Builder, Case) throws -> Void = { _, _ in }
    /// The axis of the softmax.
    var axis = -1
    /// Whether a cast lies between shares and values.
    var isCast = false
    /// Whether all of it is one operator.
    var isFused = true
    /// Whether that operator is one kernel.
    var isNative = true

    var shape: Shape { Shape(batch + [queries, depth]) }
    var table: [Int] { [queries, keys] }
  }

  /// A graph that grows node by node.
  struct Builder {
    var graph = Graph()
    var last: Graph.Value

    init() {
      last = graph.value(named: "x")
      graph.inputs = [Graph.Port(value: last, name: "x", extents: nil)]
    }

    /// Appends a node that reads values, and makes its output the last one.
    @discardableResult
    mutating func append(
      _ name: String, _ inputs: [Graph.Value], _ values: [String: Attributes.Value] = [:]
    ) throws -> Graph.Value {
      var attributes = Attributes(values, opset: 17)
      let op = try #require(OperatorRegistry.find(name)).init(&attributes)
      last = graph.value(named: name)
      graph.nodes.append(
        Graph.Node(index: graph.nodes.count, name: name, operator: op, inputs: inputs, outputs: [last]))
      return last
    }

    /// A literal without a pattern, of values up to 1.
    mutating func literal(_ extents: [Int]) -> Graph.Value {
      let shape = Shape(extents)
      return graph.literal(Literal(shape, floats: noise(shape.count, seed: shape.count)), named: "literal")
    }

    mutating func reshape(_ extents: [Int]) throws {
      let shape = graph.literal(Literal([extents.count], integers: extents.map { Int64($0) }), named: "shape")
      try append("Reshape", [last, shape])
    }
  }

  static let cases = [
    Case(testDescription: "products alone"),
    Case(
      testDescription: "scaled",
      scores: { builder, _ in
        let (half, two) = (
          builder.graph.literal(Literal([1], floats: [0.5]), named: "half"),
          builder.graph.literal(Literal([], floats: [3]), named: "three")
        )
        try builder.append("Mul", [half, builder.last])
        try builder.append("Div", [builder.last, two])
      }),
    Case(
      testDescription: "a table per head, then cast",
      scores: { builder, item in
        let bias = builder.literal([1, 3] + item.table)
        try builder.append("Add", [builder.last, bias])
      }, isCast: true),
    Case(
      testDescription: "a table per head and one per window", batch: [6, 2], queries: 16, keys: 16, depth: 4, width: 4,
      scores: { builder, item in
        let (bias, mask) = (builder.literal([1, 2] + item.table), builder.literal([1, 3, 1] + item.table))
        try builder.append("Add", [builder.last, bias])
        try builder.reshape([2, 3, 2] + item.table)
        try builder.append("Add", [builder.last, mask])
        try builder.reshape([6, 2] + item.table)
      }),
    Case(
      testDescription: "one table for all", batch: [7], queries: 97, keys: 130, depth: 64, width: 64,
      scores: { builder, item in
        let bias = builder.literal(item.table)
        try builder.append("Add", [bias, builder.last])
      }),
    Case(testDescription: "fewer heads than threads", batch: [1], isNative: false),
    Case(
      testDescription: "a number per query is added",
      scores: { builder, item in
        let bias = builder.literal([item.queries, 1])
        try builder.append("Add", [builder.last, bias])
      }, isNative: false),
    Case(
      testDescription: "scaled after adding",
      scores: { builder, item in
        let (bias, two) = (builder.literal(item.table), builder.graph.literal(Literal([], floats: [2]), named: "two"))
        try builder.append("Add", [builder.last, bias])
        try builder.append("Mul", [builder.last, two])
      }, isNative: false),
    Case(
      testDescription: "tables repeat the scores", batch: [1, 3],
      scores: { builder, item in
        let bias = builder.literal([2, 3] + item.table)
        try builder.append("Add", [builder.last, bias])
      }, isNative: false),
    Case(
      testDescription: "one table of scores becomes several", batch: [1, 1],
      scores: { builder, item in
        let bias = builder.literal([4, 1] + item.table)
        try builder.append("Add", [builder.last, bias])
      }, isNative: false),
    Case(
      testDescription: "a factor of more axes", batch: [4],
      scores: { builder, _ in
        let two = builder.graph.literal(Literal([1, 1, 1, 1, 1], floats: [2]), named: "two")
        try builder.append("Mul", [builder.last, two])
      }, isNative: false),
    Case(
      testDescription: "windows that share tables", batch: [4, 2], queries: 9, keys: 9, depth: 4, width: 4,
      scores: { builder, item in
        let table = noise(81, seed: 3), other = noise(81, seed: 4)
        let mask = Literal([1, 4, 1, 9, 9], floats: table + other + table + table)
        try builder.reshape([1, 4, 2] + item.table)
        let masks = builder.graph.literal(mask, named: "mask")
        try builder.append("Add", [builder.last, masks])
        try builder.reshape([4, 2] + item.table)
      }),
    Case(
      testDescription: "windows of which some have no table", batch: [4, 2], queries: 9, keys: 9, depth: 4, width: 4,
      scores: { builder, item in
        let (table, zero) = (noise(81, seed: 3), [Float](repeating: 0, count: 81))
        let mask = Literal([1, 4, 1, 9, 9], floats: zero + table + zero + table)
        try builder.reshape([1, 4, 2] + item.table)
        let masks = builder.graph.literal(mask, named: "mask")
        try builder.append("Add", [builder.last, masks])
        let nothing = builder.graph.literal(Literal([9, 9], floats: zero), named: "nothing")
        try builder.append("Add", [builder.last, nothing])
        try builder.reshape([4, 2] + item.table)
      }),
    Case(
      testDescription: "tables that leave one key to a query", batch: [3], queries: 20, keys: 20, depth: 4, width: 4,
      scores: { builder, item in
        let values = (0..<400).map { $0 % 20 == $0 / 20 * 7 % 20 ? Float(0) : -.infinity }
        let mask = builder.graph.literal(Literal([20, 20], floats: values), named: "mask")
        try builder.append("Add", [builder.last, mask])
      }),
    Case(
      testDescription: "scores far from zero", batch: [3], queries: 20, keys: 20, depth: 4, width: 4,
      scores: { builder, item in
        let far = builder.graph.literal(Literal([20, 20], floats: Array(repeating: -1e6, count: 400)), named: "far")
        try builder.append("Add", [builder.last, far])
      }),
    Case(testDescription: "shares of the queries", axis: -2, isFused: false),
    Case(
      testDescription: "a function between", scores: { builder, _ in try builder.append("Tanh", [builder.last]) },
      isFused: false),
  ]

  /// Queries are the input, keys and values products of it with literals.
  ///
  /// - Parameter isReadTwice: whether another node, of no effect, reads the shares, so that nothing can be fused.
  private static func graph(_ item: Case, isReadTwice: Bool) throws -> Graph {
    var builder = Builder()
    let x = builder.last
    // [M, N] [.., N, D] [D, ..]: from every query to every key.
    let mixing = builder.literal([item.keys, item.queries])
    let mixed = try builder.append("MatMul", [mixing, x])
    let axes = Array(item.batch.indices) + [item.batch.count + 1, item.batch.count]
    let keys = try builder.append("Transpose", [mixed], ["perm": .integers(axes)])
    let widening = builder.literal([item.depth, item.width])
    let values = try builder.append("MatMul", [mixed, widening])
    try builder.append("MatMul", [x, keys])
    try item.scores(&builder, item)
    let shares = try builder.append("Softmax", [builder.last], ["axis": .integer(item.axis)])
    if item.isCast { try builder.append("Cast", [builder.last], ["to": .integer(1)]) }
    let result = try builder.append("MatMul", [builder.last, values])
    if isReadTwice {
      let zero = builder.graph.literal(Literal([], floats: [0]), named: "zero")
      let nothing = try builder.append("Mul", [shares, zero])
      let sum = try builder.append("ReduceSum", [nothing], ["keepdims": .integer(0)])
      try builder.append("Add", [result, sum])
    }
    builder.graph.outputs = [Graph.Port(value: builder.last, name: "y", extents: nil)]
    return builder.graph
  }

  private static func run(_ model: CompiledModel) throws -> (output: [Float], gradient: [Float]) {
    let x = Tensor(model.inputShape, noise(model.inputShape.count, seed: 1))
    let cotangent = Tensor(model.outputShape, noise(model.outputShape.count, seed: 2))
    let (output, gradient) = (Tensor(model.outputShape), Tensor(model.inputShape))
    try model.forward(x, into: output, keepingTape: true)
    try model.vjp(cotangent, into: gradient)
    return (Array(output.elements), Array(gradient.elements))
  }

  @Test(arguments: cases)
  func isWhatItsNodesCompute(_ item: Case) throws {
    let fused = try CompiledModel(
      try Self.graph(item, isReadTwice: false), inputShape: item.shape, threads: item.batch.count == 1 ? 3 : 2)
    let names = fused.specialized.graph.nodes.map { type(of: $0.operator).name }
    #expect(names.contains("FusedAttention") == item.isFused && names.contains("Softmax") == !item.isFused)
    let kernels = try fused.kernels().map(\.implementation)
    if Self.hasKernel {
      #expect(kernels.contains("native:attention") == (item.isFused && item.isNative))
      #expect(kernels.contains("native:attention VJP") == (item.isFused && item.isNative))
    }
    let apart = try CompiledModel(try Self.graph(item, isReadTwice: true), inputShape: item.shape, threads: 2)
    #expect(!apart.specialized.graph.nodes.contains { type(of: $0.operator).name == "FusedAttention" })
    let (found, expected) = (try Self.run(fused), try Self.run(apart))
    #expect(relativeError(found.output, expected.output.map(Double.init)) < 2e-6)
    #expect(relativeError(found.gradient, expected.gradient.map(Double.init)) < 5e-6)
  }

  /// Gradients of some cotangents, of which a reverse pass takes so many at once, attention's in one kernel or in none.
  private static func gradients(
    of model: CompiledModel, _ cotangents: [Tensor], atOnce room: Int, isFused: Bool = true
  ) throws -> [[Float]] {
    let x = Tensor(model.inputShape, noise(model.inputShape.count, seed: 1))
    model.setTapes(1, ReversePass(cotangents: room))
    try model.forward(x, into: Tensor(model.outputShape), keepingTape: true)
    let gradients = cotangents.map { _ in Tensor(model.inputShape) }
    if room == 1 {
      for (cotangent, gradient) in zip(cotangents, gradients) { try model.vjp(cotangent, into: gradient) }
    } else {
      try model.vjp(cotangents, into: gradients)
    }
    let kernels = try model.kernels().count { $0.implementation == "native:attention VJP" }
    #expect(kernels == (isFused && hasKernel ? 1 : 0))
    return gradients.map { Array($0.elements) }
  }

  /// The VJP of several cotangents shares their powers of scores, and is to the bit that of each alone, also where fewer
  /// go back than there is room for.
  @Test(arguments: cases.filter { $0.isFused && $0.isNative }) func takesCotangentsTogether(_ item: Case) throws {
    let model = try CompiledModel(try Self.graph(item, isReadTwice: false), inputShape: item.shape, threads: 2)
    let cotangents = (2...4).map { Tensor(model.outputShape, noise(model.outputShape.count, seed: $0)) }
    let alone = try Self.gradients(of: model, cotangents, atOnce: 1)
    #expect(try Self.gradients(of: model, cotangents, atOnce: 3) == alone)
    #expect(try Self.gradients(of: model, Array(cotangents.prefix(2)), atOnce: 3) == Array(alone.prefix(2)))
  }

  /// Queries whose results have no cotangent are left out, which changes nothing, whichever they are for each of several
  /// cotangents.
  @Test(arguments: cases.filter { $0.isFused && $0.isNative })
  func leavesOutQueriesWithoutCotangent(_ item: Case) throws {
    let fused = try CompiledModel(try Self.graph(item, isReadTwice: false), inputShape: item.shape, threads: 2)
    let apart = try CompiledModel(try Self.graph(item, isReadTwice: true), inputShape: item.shape, threads: 2)
    // The last third of each, as where windows are padded, and others.
    let areLeftOut: [@Sendable (_ query: Int) -> Bool] = [
      { $0 % 3 == 0 }, { (2..<7).contains($0) }, { _ in false }, { $0 != 5 },
    ]
    let cotangents = areLeftOut.enumerated().map { number, isLeftOut in
      let query = { (index: Int) in index / item.width % item.queries }
      let values = noise(fused.outputShape.count, seed: 2 + number).enumerated().map { index, value in
        isLeftOut(query(index)) || 3 * query(index) >= 2 * item.queries ? 0 : value
      }
      return Tensor(fused.outputShape, values)
    }
    let alone = try Self.gradients(of: fused, cotangents, atOnce: 1)
    let expected = try Self.gradients(of: apart, cotangents, atOnce: 1, isFused: false)
    for (found, expected) in zip(alone, expected) {
      #expect(relativeError(found, expected.map(Double.init)) < 5e-6)
    }
    #expect(try Self.gradients(of: fused, cotangents, atOnce: cotangents.count) == alone)
    let zeros = cotangents.map { Tensor($0.shape) }
    for gradient in try Self.gradients(of: fused, zeros, atOnce: zeros.count) {
      #expect(gradient.allSatisfy { $0 == 0 })
    }
  }

  @Test func aVectorOfValuesIsNoAttention() throws {
    var builder = Builder()
    let x = builder.last
    let values = try builder.append("ReduceMean", [x], ["axes": .integers([0, 2]), "keepdims": .integer(0)])
    let keys = try builder.append("Transpose", [x], ["perm": .integers([0, 2, 1])])
    let shares = try builder.append("Softmax", [try builder.append("MatMul", [x, keys])], ["axis": .integer(-1)])
    try builder.append("MatMul", [shares, values])
    builder.graph.outputs = [Graph.Port(value: builder.last, name: "y", extents: nil)]
    let model = try CompiledModel(builder.graph, inputShape: [4, 9, 5], threads: 1)
    #expect(model.outputShape == [4, 9])
    #expect(model.specialized.flops > 0)
    #expect(try Self.run(model).gradient.allSatisfy(\.isFinite))
  }

  /// Of a tensor to itself: there is nothing but the kernel.
  @Test func aloneDoesNotDependOnTheThreads() throws {
    var builder = Builder()
    let x = builder.last
    let keys = try builder.append("Transpose", [x], ["perm": .integers([0, 2, 1])])
    let shares = try builder.append("Softmax", [try builder.append("MatMul", [x, keys])], ["axis": .integer(-1)])
    try builder.append("MatMul", [shares, x])
    builder.graph.outputs = [Graph.Port(value: builder.last, name: "y", extents: nil)]
    let runs = try [1, 2, 7].map { threads in
      let model = try CompiledModel(builder.graph, inputShape: [12, 61, 9], threads: threads)
      if Self.hasKernel { #expect(try model.kernels().contains { $0.implementation == "native:attention" }) }
      return try Self.run(model)
    }
    if Self.hasKernel {
      #expect(runs.allSatisfy { $0.output == runs[0].output && $0.gradient == runs[0].gradient })
    }
  }

  @Test func doesNotDependOnTheThreads() throws {
    let item = Self.cases[3]
    let runs = try [1, 2, 7].map { threads in
      try Self.run(
        try CompiledModel(try Self.graph(item, isReadTwice: false), inputShape: item.shape, threads: threads))
    }
    // Without AVX-512 the kernel library sums up the products before and after it in another order.
    let slack = VectorLanes.count == 16 ? 0 : 1e-6
    #expect(runs.allSatisfy { relativeError($0.output, runs[0].output.map(Double.init)) <= slack })
    #expect(runs.allSatisfy { relativeError($0.gradient, runs[0].gradient.map(Double.init)) <= slack })
  }

  @Test func keepsNoScoresOnItsTape() throws {
    let item = Case(testDescription: "long", batch: [4], queries: 512, keys: 512, depth: 8, width: 8)
    let bytes = try [false, true].map { isReadTwice in
      let graph = try Self.graph(item, isReadTwice: isReadTwice)
      return try CompiledModel(graph, inputShape: item.shape, threads: 2).memory(withTape: true).arena
    }
    if Self.hasKernel { #expect(bytes[0] + 4 * 512 * 512 * MemoryLayout<Float>.size <= bytes[1]) }
  }

  /// Whether this processor has the kernel.
  private static var hasKernel: Bool {
    var problem = AttentionProblem(heads: 64, queries: 1, keys: 1, depth: 1, width: 1)
    problem.scale = 1
    return problem.isNative
  }
}

/// Values from -1 to 1 without a pattern.
private func noise(_ count: Int, seed: Int) -> [Float] {
  (0..<count).map { Float(($0 + 31 * seed) * 7919 % 2003) / 1001 - 1 }
}
