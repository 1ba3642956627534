import Testing
import VoxOperators
import VoxTensor

/// Parts that lie in a concatenation instead of being copied there.
@Suite struct PartsTests {
  /// A random graph of tensors [1, n, 16] (`axis` 1) or, with the same numbers, [1, 16, n] (`axis` 2): along the second
  /// axis parts do not follow each other in memory and are always copied.
  ///
  /// - Parameter seed: what of many graphs: parts are read before and after they are joined, joined twice, changed where
  ///   they lie, and wholes are parts of others.
  private static func graph(_ seed: Int, axis: Int) throws -> (graph: Graph, shape: Shape) {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var builder = GraphBuilder()
    var known: [(value: Graph.Value, extent: Int)] = [(builder.input, 4)]
    func any() -> (value: Graph.Value, extent: Int) { known[max(0, known.count - 1 - random(4))] }
    for _ in 0..<18 {
      let one = any()
      switch random(5) {
      case 0: known.append((try builder.add("LeakyRelu", [one.value]), one.extent))
      case 1: known.append((try builder.add(["Sigmoid", "Relu", "Tanh", "Abs"][random(4)], [one.value]), one.extent))
      case 2:
        let other = known.last { $0.extent == one.extent && $0.value != one.value } ?? one
        known.append((try builder.add(["Add", "Mul"][random(2)], [one.value, other.value]), one.extent))
      default:
        let parts = [one] + (0...random(2)).map { _ in any() }
        let extent = parts.reduce(0) { $0 + $1.extent }
        if extent > 64 { continue }
        known.append((try builder.add("Concat", parts.map(\.value), ["axis": .integer(axis)]), extent))
      }
    }
    return (builder.finished(known[known.count - 1].value), axis == 1 ? [1, 4, 16] : [1, 16, 4])
  }

  private static func transposed(_ values: [Float], rows: Int) -> [Float] {
    let columns = values.count / rows
    return (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } }
  }

  /// The output and gradients of several cotangents, seen as [1, n, 16].
  private static func run(_ seed: Int, axis: Int, tapes: Int, cotangents: Int) throws -> [[Float]] {
    let (graph, shape) = try graph(seed, axis: axis)
    let model = try CompiledModel(graph, inputShape: shape, threads: 2)
    model.setTapes(tapes, ReversePass(cotangents: cotangents))
    func tensor(_ shape: Shape, seed: Int) -> Tensor {
      let values = (0..<shape.count).map { Float(($0 + 31 * seed) * 7919 % 2003) / 1001 - 1 }
      return Tensor(shape, axis == 1 ? values : transposed(values, rows: shape[2]))
    }
    let output = Tensor(model.outputShape)
    try model.forward(tensor(model.inputShape, seed: 1), into: output, keepingTape: true)
    let gradients = (0..<cotangents).map { _ in Tensor(model.inputShape) }
    // Twice, for the tape must outlive the first time.
    for _ in 0..<2 {
      try model.vjp((0..<cotangents).map { tensor(model.outputShape, seed: 2 + $0) }, into: gradients)
    }
    let without = Tensor(model.outputShape)
    try model.forward(tensor(model.inputShape, seed: 1), into: without, keepingTape: false)
    #expect(Array(output.elements) == Array(without.elements))
    return ([output] + gradients).map {
      axis == 1 ? Array($0.elements) : transposed(Array($0.elements), rows: 16)
    }
  }

  @Test(arguments: 0..<60)
  func areWhatCopiesAre(_ seed: Int) throws {
    let copied = try Self.run(seed, axis: 2, tapes: 1, cotangents: 2)
    #expect(try Self.run(seed, axis: 1, tapes: 1, cotangents: 2) == copied)
    #expect(try Self.run(seed, axis: 1, tapes: 2, cotangents: 2) == copied)
  }

  /// Two parts and their whole take the memory of the whole.
  @Test func takeNoMemoryBesideTheWhole() throws {
    func arena(axis: Int) throws -> Int {
      var builder = GraphBuilder()
      let parts = try ["Sigmoid", "Tanh"].map { try builder.add($0, [builder.input]) }
      let joined = try builder.add("Concat", parts, ["axis": .integer(axis)])
      let graph = builder.finished(joined)
      return try CompiledModel(graph, inputShape: [1, 64, 64], threads: 1).memory(withTape: false).arena
    }
    let bytes = 64 * 64 * MemoryLayout<Float>.size
    #expect(try arena(axis: 1) == 2 * bytes)
    #expect(try arena(axis: 2) >= 4 * bytes)
  }

  /// Channels that lie next to each other, all of them, do not follow those of another part.
  @Test(arguments: [0, 1, 2]) func mayHaveTheirChannelsLast(_ axis: Int) throws {
    func graph(joined: Bool) throws -> Graph {
      var builder = GraphBuilder()
      let parts = try (0..<(joined ? 2 : 1)).map { _ in
        let weights = builder.literal([6, 6, 1, 1, 1], (0..<36).map { Float($0 * 7919 % 101) / 101 })
        return try builder.add("Conv", [builder.input, weights])
      }
      let output = joined ? try builder.add("Concat", parts, ["axis": .integer(axis)]) : parts[0]
      return builder.finished(output)
    }
    let results = try [false, true].map { joined in
      let model = try CompiledModel(try graph(joined: joined), inputShape: [1, 6, 5, 4, 3], threads: 2)
      let x = Tensor(model.inputShape, (0..<360).map { Float($0 * 31 % 97) })
      let y = Tensor(model.outputShape)
      try model.forward(x, into: y, keepingTape: true)
      let gradient = Tensor(model.inputShape)
      try model.vjp(Tensor(model.outputShape, [Float](repeating: 1, count: model.outputShape.count)), into: gradient)
      return (Array(y.elements), Array(gradient.elements))
    }
    let (one, two) = (results[0], results[1])
    #expect(two.0.count == 2 * one.0.count && Set(two.0) == Set(one.0))
    #expect(two.1 == one.1.map { 2 * $0 })
  }
}
