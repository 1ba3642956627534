import Foundation
import Testing
import VoxOperators
import VoxTensor

/// The compiled model as a whole: tape, memory and errors.
@Suite struct PlanTests {
  /// conv - relu - conv with a skip connection and fixed weights, `[1, 1, n, n, n]` to `[1, 2, n, n, n]`.
  static func network() throws -> Graph {
    var builder = GraphBuilder(extents: [1, 1, nil, nil, nil])
    let x = builder.input
    let convolved = try builder.convolution(x, from: 1, to: 8)
    let rectified = try builder.add("Relu", [convolved])
    let joined = try builder.add("Concat", [rectified, x], ["axis": .integer(1)])
    let logits = try builder.convolution(joined, from: 9, to: 2)
    return builder.finished(logits)
  }

  /// Four blocks of convolution, normalization and activation, `[1, 1, n, n, n]` to `[1, 2, n, n, n]`.
  ///
  /// - Parameter channels: a multiple of 8.
  static func deepNetwork(channels: Int = 8) throws -> Graph {
    var builder = GraphBuilder(extents: [1, 1, nil, nil, nil])
    let repeated = { (values: [Float]) in (0..<channels).map { values[$0 % values.count] } }
    var last = builder.input
    for block in 0..<4 {
      last = try builder.convolution(last, from: block == 0 ? 1 : channels, to: channels)
      let (scale, shift) = (
        builder.literal([channels], repeated([1, 2, 0.5, -1, 1, 3, 1, 1])),
        builder.literal([channels], repeated([0, 0.1, -0.2, 0.3, 0, 1, 0, 0]))
      )
      last = try builder.add("InstanceNormalization", [last, scale, shift])
      last = try builder.add("LeakyRelu", [last])
    }
    let logits = try builder.convolution(last, from: channels, to: 2)
    return builder.finished(logits)
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
    let model = try CompiledModel(try Self.deepNetwork(), inputShape: [1, 1, 64, 64, 72], threads: 2)
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

  @Test func whatIsComputedAgainHasTheSameValuesInLessMemory() throws {
    let model = try CompiledModel(try Self.deepNetwork(), inputShape: [1, 1, 32, 48, 40], threads: 2)
    let expected = try Self.gradients(model)
    let recomputations = try model.recomputations()
    let whole = try (model.memory(withTape: true).arena, model.memoryWithTapesApart())
    #expect(recomputations.count >= 2)
    #expect(try recomputations.reduce(0) { $0 + $1.seconds } <= model.roughForwardSeconds())
    var tapes: [Int] = []
    for count in 1...recomputations.count {
      tapes.append(try model.memoryWithTapesApart(ReversePass(recomputed: count)).tape)
      for windows in [1, 2] {
        model.setTapes(windows, ReversePass(recomputed: count))
        #expect(try Self.gradients(model) == expected, "\(count) of them, \(windows) tapes")
      }
    }
    #expect(tapes == tapes.sorted(by: >))
    #expect(tapes[tapes.count - 1] <= whole.1.tape - recomputations.reduce(0) { $0 + $1.bytes } + (1 << 21))
    let bytes = try model.memory(withTape: true, ReversePass(recomputed: recomputations.count)).arena
    #expect(bytes < whole.0)
    // The rest of the tape may wait on a disk.
    let folder = FileManager.default.temporaryDirectory.path(percentEncoded: false)
    let least = try model.memoryWithTapeOnDisk(ReversePass(recomputed: 1))
    #expect(try least.file < model.memoryWithTapeOnDisk().file)
    #expect(try model.setTapeOnDisk(toFit: 0, in: folder, ReversePass(recomputed: 1)) == least.file)
    #expect(try Self.gradients(model) == expected)
  }

  /// Memory of what has been read is used again; more than one reverse pass needs as many forward passes.
  @Test(arguments: [1, 3])
  func aTapeThatIsReadOnceGivesTheSameValuesInLessMemory(_ cotangents: Int) throws {
    // Of as many channels as a block of any width has, the way back takes the most memory only after its first steps.
    let model = try CompiledModel(try Self.deepNetwork(channels: 16), inputShape: [1, 1, 32, 48, 40], threads: 2)
    let expected = try Self.gradients(model)
    let input = Tensor(model.inputShape, Self.values(model.inputShape, 1))
    let seeds = [2, 3, 2].prefix(cotangents)
    let folder = FileManager.default.temporaryDirectory.path(percentEncoded: false)
    for recomputed in [0, try model.recomputations().count] {
      let stays = ReversePass(recomputed: recomputed, cotangents: cotangents)
      let once = ReversePass(recomputed: recomputed, cotangents: cotangents, readsTapeOnce: true)
      let (whole, least) = try (model.memory(withTape: true, stays).arena, model.memory(withTape: true, once).arena)
      // All cotangents of a batch read a tape before it can go.
      #expect(recomputed == 0 && cotangents == 1 ? least < whole : least <= whole)
      for isOnDisk in [false, true] {
        if isOnDisk { _ = try model.setTapeOnDisk(toFit: 0, in: folder, once) } else { model.setTapes(1, once) }
        #expect(model.readsTapeOnce)
        for _ in 1...2 {
          _ = try model.forward(input, keepingTape: true)
          let gradients = seeds.map { _ in Tensor(model.inputShape) }
          let directions = seeds.map { Tensor(model.outputShape, Self.values(model.outputShape, $0)) }
          try model.vjp(directions, into: gradients)
          #expect(gradients.map { Array($0.elements) } == Array(expected[1...cotangents]), "\(recomputed), \(isOnDisk)")
          #expect(throws: EngineError.self) { try model.vjp(directions, into: gradients) }
        }
      }
    }
    // Tapes of their own stay.
    model.setTapes(2, ReversePass(readsTapeOnce: true))
    #expect(!model.readsTapeOnce)
    #expect(try Self.gradients(model) == expected)
  }

  /// What the caller does with its memory after the forward pass is of no effect.
  @Test func theInputThatIsReadAgainIsTheModelsOwn() throws {
    let model = try CompiledModel(try Self.deepNetwork(), inputShape: [1, 1, 64, 64, 72], threads: 2)
    let expected = try Self.gradients(model)[1]
    model.setTapes(1, ReversePass(recomputed: try model.recomputations().count))
    let input = Tensor(model.inputShape, Self.values(model.inputShape, 1))
    _ = try model.forward(input, keepingTape: true)
    input.elements.update(repeating: .nan)
    let gradient = Tensor(model.inputShape)
    try model.vjp(Tensor(model.outputShape, Self.values(model.outputShape, 2)), into: gradient)
    #expect(Array(gradient.elements) == expected)
  }

  /// The copy of the input that a tape keeps cannot be made again: the caller's memory has another window by then.
  @Test func theInputOnATapeIsNotComputedAgain() throws {
    var builder = GraphBuilder(extents: [1, 1, nil, nil, nil])
    let square = try builder.add("Mul", [builder.input, builder.input])
    let logits = try builder.convolution(square, from: 1, to: 8)
    let graph = builder.finished(logits)
    let inputs = (1...2).map { Self.values([1, 1, 64, 64, 80], $0) }
    let gradients = { (model: CompiledModel) throws in
      let (shared, gradient) = (Tensor(model.inputShape), Tensor(model.inputShape))
      for (tape, input) in inputs.enumerated() {
        model.select(tape: tape)
        _ = shared.elements.update(fromContentsOf: input)
        _ = try model.forward(shared, keepingTape: true)
      }
      return try inputs.indices.map { tape in
        model.select(tape: tape)
        try model.vjp(Tensor(model.outputShape, Self.values(model.outputShape, 3)), into: gradient)
        return Array(gradient.elements)
      }
    }
    let model = try CompiledModel(graph, inputShape: [1, 1, 64, 64, 80], threads: 2)
    model.setTapes(2)
    let expected = try gradients(model)
    model.setTapes(2, ReversePass(recomputed: try model.recomputations().count))
    #expect(try gradients(model) == expected)
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

  /// Whatever else the plan does: what is computed again, or waits on a disk, serves all cotangents of a batch.
  @Test(arguments: [[1, 1, 6, 6, 6], [1, 1, 32, 48, 40]])
  func cotangentsThatGoBackTogetherGiveTheSameToTheBit(_ extents: [Int]) throws {
    let model = try CompiledModel(try Self.deepNetwork(), inputShape: Shape(extents), threads: 2)
    let expected = try Self.gradients(model)
    let recomputed = try model.recomputations().count
    let folder = FileManager.default.temporaryDirectory.path(percentEncoded: false)
    let input = Tensor(model.inputShape, Self.values(model.inputShape, 1))
    let cotangents = [2, 3, 2].map { Tensor(model.outputShape, Self.values(model.outputShape, $0)) }
    let ways: [(name: String, set: (ReversePass) throws -> Void)] = [
      ("one tape", { model.setTapes(1, $0) }), ("two tapes", { model.setTapes(2, $0) }),
      ("on a disk", { _ = try model.setTapeOnDisk(toFit: 0, in: folder, $0) }),
    ]
    for way in ways {
      for again in [0, recomputed] {
        try way.set(ReversePass(recomputed: again, cotangents: 3))
        _ = try model.forward(input, keepingTape: true)
        for count in [3, 1, 2] {
          let gradients = (0..<count).map { _ in Tensor(model.inputShape) }
          try model.vjp(Array(cotangents.prefix(count)), into: gradients)
          #expect(
            gradients.map { Array($0.elements) } == Array(expected[1...count]), "\(way.name), \(again), \(count)")
        }
      }
    }
    #expect(throws: EngineError.self) { try model.vjp([Tensor](), into: []) }
    #expect(throws: EngineError.self) { try model.vjp(cotangents, into: [Tensor(model.inputShape)]) }
    #expect(throws: EngineError.self) { try model.vjp(cotangents + cotangents, into: cotangents + cotangents) }
  }

  @Test func aBatchOfCotangentsSharesWhatDoesNotDependOnThem() throws {
    let model = try CompiledModel(try Self.deepNetwork(), inputShape: [1, 1, 32, 48, 40], threads: 2)
    let all = try model.recomputations().count
    func reverseSteps(_ pass: ReversePass) throws -> Int {
      model.setTapes(1, pass)
      return try model.kernels().count(where: \.isReverse)
    }
    let (kept, again) = (try reverseSteps(ReversePass()), try reverseSteps(ReversePass(recomputed: all)))
    #expect(again > kept)
    #expect(try reverseSteps(ReversePass(recomputed: all, cotangents: 3)) == again + 2 * kept)
    // They take turns in the memory they work in, and the tape is one.
    let (one, four) = (
      try model.memoryWithTapesApart(), try model.memoryWithTapesApart(ReversePass(cotangents: 4))
    )
    #expect(one == four)
  }

  /// In small volumes the weights of a convolution are prepared once for all; nothing else is shared here.
  @Test func aBatchOfCotangentsSharesPreparedWeights() throws {
    let (small, large) = (
      try CompiledModel(try Self.deepNetwork(), inputShape: [1, 1, 6, 6, 6], threads: 2),
      try CompiledModel(try Self.deepNetwork(), inputShape: [1, 1, 32, 48, 40], threads: 2)
    )
    let isNative = try small.kernels().contains { $0.isReverse && $0.implementation.hasPrefix("native:winograd") }
    #expect(try (small.roughSecondsShared() > 0) == isNative)
    #expect(try large.roughSecondsShared() == 0)
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
