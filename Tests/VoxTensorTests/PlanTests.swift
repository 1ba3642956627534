import Foundation
import Testing
import VoxOperators
import VoxTensor

/// The compiled model as a whole: tape, memory and errors.
@Suite struct PlanTests {
  /// conv - relu - conv with a skip connection and fixed weights, `[1, 1, n, n, n]` to `[1, 2, n, n, n]`.
  static func network() throws -> Graph {
    var graph = Graph()
    let x = graph.value(named: "x")
    graph.inputs = [Graph.Port(value: x, name: "x", extents: [1, 1, nil, nil, nil])]
    func weights(_ shape: Shape) -> Literal {
      Literal(shape, floats: (0..<shape.count).map { Float(($0 * 37 + 11) % 23) / 23 - 0.4 })
    }
    func add(_ name: String, _ attributes: [String: Attributes.Value], _ inputs: [Graph.Value]) throws -> Graph.Value {
      var attributes = Attributes(attributes)
      let type = try #require(OperatorRegistry.find(name))
      let output = graph.value(named: name)
      graph.nodes.append(
        Graph.Node(
          index: graph.nodes.count, name: "\(name)_\(graph.nodes.count)", operator: try type.init(&attributes),
          inputs: inputs, outputs: [output]))
      return output
    }
    let pads: [String: Attributes.Value] = ["pads": .integers([1, 1, 1, 1, 1, 1])]
    let w1 = graph.literal(weights([8, 1, 3, 3, 3]), named: "w1")
    let w2 = graph.literal(weights([2, 9, 3, 3, 3]), named: "w2")
    let convolved = try add("Conv", pads, [x, w1])
    let rectified = try add("Relu", [:], [convolved])
    let joined = try add("Concat", ["axis": .integer(1)], [rectified, x])
    let logits = try add("Conv", pads, [joined, w2])
    graph.outputs = [Graph.Port(value: logits, name: "logits", extents: nil)]
    return graph
  }

  static func values(_ shape: Shape, _ seed: Int) -> [Float] {
    (0..<shape.count).map { Float(($0 &* 7919 &+ seed &* 104_729) % 1000) / 500 - 1 }
  }

  @Test func aReversePassRunsAgainForAnotherCotangent() throws {
    let model = try CompiledModel(try Self.network(), inputShape: [1, 1, 6, 7, 8], threads: 2)
    let logits = Tensor(model.outputShape)
    let input = Tensor(model.inputShape, Self.values(model.inputShape, 1))
    try model.forward(input, into: logits, keepingTape: true)
    // The tape does not look at the caller's memory any more.
    input.elements.update(repeating: .nan)
    let (u, v) = (Self.values(model.outputShape, 2), Self.values(model.outputShape, 3))
    func gradient(_ cotangent: [Float]) throws -> [Float] {
      let gradient = Tensor(model.inputShape)
      try model.vjp(Tensor(model.outputShape, cotangent), into: gradient)
      return Array(gradient.elements)
    }
    let (first, second) = (try gradient(u), try gradient(v))
    #expect(try gradient(u) == first)
    let sum = try gradient(zip(u, v).map { $0 + 2 * $1 })
    let expected = zip(first, second).map { $0 + 2 * $1 }
    let scale = expected.map(abs).max() ?? 0
    #expect(zip(sum, expected).allSatisfy { abs($0 - $1) <= 1e-5 * scale })
  }

  @Test func aVJPWithoutATapeIsRefused() throws {
    let model = try CompiledModel(try Self.network(), inputShape: [1, 1, 6, 6, 6], threads: 1)
    let (input, logits) = (Tensor(model.inputShape), Tensor(model.outputShape))
    #expect(throws: EngineError.self) { try model.vjp(logits, into: input) }
    try model.forward(input, into: logits, keepingTape: false)
    #expect(throws: EngineError.self) { try model.vjp(logits, into: input) }
  }

  @Test func inferenceNeedsLessMemoryThanATape() throws {
    let model = try CompiledModel(try Self.network(), inputShape: [1, 1, 16, 16, 16], threads: 1)
    let (inference, taped) = (try model.memory(withTape: false), try model.memory(withTape: true))
    #expect(inference.arena > 0)
    #expect(inference.arena < taped.arena)
  }

  /// Gradients of two cotangents, after each other and again.
  private static func gradients(_ model: CompiledModel) throws -> [[Float]] {
    let logits = try model.forward(Tensor(model.inputShape, values(model.inputShape, 1)), keepingTape: true)
    return try [Array(logits.elements)]
      + [2, 3, 2].map { seed in
        let gradient = Tensor(model.inputShape)
        try model.vjp(Tensor(model.outputShape, values(model.outputShape, seed)), into: gradient)
        return Array(gradient.elements)
      }
  }

  @Test func aTapeOnADiskGivesTheSameValuesInLessMemory() throws {
    let model = try CompiledModel(try Self.network(), inputShape: [1, 1, 64, 64, 72], threads: 2)
    let expected = try Self.gradients(model)
    let (whole, least) = (try model.memory(withTape: true).arena, try model.memoryWithTapeOnDisk())
    #expect(least.arena < whole && least.file > 0)
    let folder = FileManager.default.temporaryDirectory.appending(path: "voxplain-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var files: [Int] = []
    for block in [whole, (whole + least.arena) / 2, least.arena, 0] {
      files.append(try model.setTapeOnDisk(toFit: block, in: folder.path(percentEncoded: false)))
      #expect(try model.memory(withTape: true).arena <= max(block, least.arena))
      #expect(try Self.gradients(model) == expected)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false)) == [])
    }
    #expect(files == files.sorted() && files.first == 0 && files.last == least.file)
    // Several tapes cannot share one file.
    model.setTapes(2)
    #expect(try model.memory(withTape: true).arena == whole)
  }

  @Test func severalTapesShareOneBlockToWorkIn() throws {
    let model = try CompiledModel(try Self.network(), inputShape: [1, 1, 32, 32, 40], threads: 2)
    let inputs = (1...3).map { Tensor(model.inputShape, Self.values(model.inputShape, $0)) }
    let cotangent = Tensor(model.outputShape, Self.values(model.outputShape, 9))
    let gradient = { () throws in
      let gradient = Tensor(model.inputShape)
      try model.vjp(cotangent, into: gradient)
      return Array(gradient.elements)
    }
    let expected = try inputs.map { input in
      _ = try model.forward(input, keepingTape: true)
      return try gradient()
    }
    let (joint, apart) = (try model.memory(withTape: true).arena, try model.memoryWithTapesApart())
    #expect(apart.tape > 0 && 3 * apart.tape + apart.work < 3 * joint)
    model.setTapes(3)
    for (tape, input) in inputs.enumerated() {
      model.select(tape: tape)
      _ = try model.forward(input, keepingTape: true)
    }
    // A pass that keeps no tape leaves the others' alone.
    _ = try model.forward(inputs[1], keepingTape: false)
    for tape in [1, 0, 2] {
      model.select(tape: tape)
      #expect(try gradient() == expected[tape])
    }
  }

  @Test func aTapeNeedsAFolderThatTakesIt() throws {
    let model = try CompiledModel(try Self.network(), inputShape: [1, 1, 64, 64, 72], threads: 2)
    let error = #expect(throws: EngineError.self) { try model.setTapeOnDisk(toFit: 0, in: "/nonexistent") }
    #expect(try #require(error).code == .writeFailed)
    #expect(try #require(error).description.contains("TMPDIR"))
  }

  @Test(arguments: [[1, 2, 6, 6, 6], [1, 1, 6, 6], [1, 1, 0, 6, 6], [1, 1, 1 << 20, 1 << 20, 1 << 20]])
  func shapesThatDoNotFitAreRefused(_ extents: [Int]) throws {
    let network = try Self.network()
    #expect(throws: EngineError.self) {
      try CompiledModel(network, inputShape: Shape(extents), threads: 1)
    }
  }

  @Test func theNodeOfAnErrorIsNamed() throws {
    var graph = try Self.network()
    let weights = try #require(graph.nodes[3].inputs[1])
    graph.literals[weights] = Literal([2, 3, 3, 3, 3], floats: [Float](repeating: 0, count: 162))
    let error = #expect(throws: EngineError.self) {
      try CompiledModel(graph, inputShape: [1, 1, 6, 6, 6], threads: 1)
    }
    let text = try #require(error).description
    #expect(text.contains("node 3 \"Conv_3\" (Conv)"))
    #expect(text.contains("weight expects 3 input channels in 1 groups, got 9"))
  }

  @Test func literalsAreFoldedAndUnusedNodesDropped() throws {
    var graph = Graph()
    let x = graph.value(named: "x")
    graph.inputs = [Graph.Port(value: x, name: "x", extents: nil)]
    func node(_ name: String, _ inputs: [Graph.Value]) throws -> Graph.Value {
      var attributes = Attributes()
      let output = graph.value(named: name)
      let type = try #require(OperatorRegistry.find(name))
      graph.nodes.append(
        Graph.Node(
          index: graph.nodes.count, name: "", operator: try type.init(&attributes), inputs: inputs, outputs: [output]))
      return output
    }
    let two = graph.literal(Literal([], floats: [2]), named: "two")
    let three = graph.literal(Literal([1], floats: [3]), named: "three")
    let six = try node("Mul", [two, three])
    _ = try node("Relu", [x])
    let y = try node("Add", [x, six])
    graph.outputs = [Graph.Port(value: y, name: "y", extents: nil)]
    let model = try CompiledModel(graph, inputShape: [2, 3], threads: 1)
    #expect(model.specialized.graph.nodes.map { type(of: $0.operator).name } == ["Add"])
    let result = Tensor(model.outputShape)
    try model.forward(Tensor([2, 3], [0, 1, 2, 3, 4, 5]), into: result, keepingTape: false)
    #expect(Array(result.elements) == [6, 7, 8, 9, 10, 11])
  }
}
