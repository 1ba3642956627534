import Testing
import VoxOperators
import VoxTensor

/// Cotangents of a value that several nodes read: the kernel that makes the last one adds it to the others.
@Suite struct SummedCotangentTests {
  /// What reads a value.
  private enum Reader: String, CaseIterable, Sendable {
    case cube, instance, group, layer
    case fewInputs, pointsToFew, pointsOfFew, patches, patchesOfFew

    /// Channels of what is read.
    var channels: Int { [.fewInputs, .pointsOfFew, .patchesOfFew].contains(self) ? 2 : 24 }

    /// Whether it makes something of the shape that it reads.
    var keepsShape: Bool { [.cube, .instance, .group, .layer].contains(self) }

    func add(_ x: Graph.Value, to builder: inout GraphBuilder) throws -> Graph.Value {
      let count = self == .group ? 6 : 24
      let scale = builder.literal([count], (0..<count).map { Float($0) / 11 - 0.7 })
      switch self {
      case .cube: return try builder.convolution(x, from: 24, to: 24)
      case .fewInputs: return try builder.convolution(x, from: 2, to: 24)
      case .instance: return try builder.add("InstanceNormalization", [x, scale, scale])
      case .group:
        return try builder.add("GroupNormalization", [x, scale, scale], ["num_groups": .integer(6)])
      case .layer: return try builder.add("LayerNormalization", [x, scale, scale])
      case .pointsToFew: return try Self.addPatches(x, channels: (24, 2), side: 1, to: &builder)
      case .pointsOfFew: return try Self.addPatches(x, channels: (2, 24), side: 1, to: &builder)
      case .patches: return try Self.addPatches(x, channels: (24, 24), side: 2, to: &builder)
      case .patchesOfFew: return try Self.addPatches(x, channels: (2, 24), side: 2, to: &builder)
      }
    }

    /// A convolution whose kernel is as long as its strides.
    private static func addPatches(
      _ x: Graph.Value, channels: (Int, Int), side: Int, to builder: inout GraphBuilder
    ) throws -> Graph.Value {
      let shape: Shape = [channels.1, channels.0, side, side, side]
      let weights = builder.literal(shape, (0..<shape.count).map { Float($0 * 41 % 29) / 29 - 0.5 })
      return try builder.add("Conv", [x, weights], ["strides": .integers([side, side, side])])
    }

    /// Another reader, whose cotangent has the same layout.
    func addOther(_ x: Graph.Value, to builder: inout GraphBuilder) throws -> Graph.Value {
      switch self {
      case .fewInputs, .pointsToFew, .pointsOfFew, .patches, .patchesOfFew: return try add(x, to: &builder)
      case .cube: return try Self.addPatches(x, channels: (24, 24), side: 1, to: &builder)
      case .instance, .group, .layer: return try builder.add("Abs", [x])
      }
    }
  }

  private enum Pattern: CaseIterable { case siblings, residual }

  private static let spatial = [8, 14, 24]

  /// The gradients of the graph that sums what some readers make of the negated input.
  private static func gradients(
    _ reader: Reader, _ pattern: Pattern, isAlone: Bool = false, isOtherAlone: Bool = false, cotangents: Int
  ) throws -> (gradients: [[Float]], reverseKernels: [String]) {
    var builder = GraphBuilder()
    let y = try builder.add("Neg", [builder.input])
    var sum = isOtherAlone ? nil : try reader.add(y, to: &builder)
    if !isAlone {
      let other = pattern == .residual ? y : try reader.addOther(y, to: &builder)
      sum = try sum.map { try builder.add("Add", [$0, other]) } ?? other
    }
    // A node behind the sum, so that its cotangent has a buffer.
    let graph = builder.finished(try builder.add("Neg", [try #require(sum)]))
    let model = try CompiledModel(graph, inputShape: Shape([1, reader.channels] + spatial), threads: 2)
    model.setTapes(1, ReversePass(cotangents: cotangents))
    let input = Tensor(model.inputShape, (0..<model.inputShape.count).map { Float($0 * 7919 % 613) / 306 - 1 })
    try model.forward(input, into: Tensor(model.outputShape), keepingTape: true)
    let incoming = (0..<cotangents).map { seed -> Tensor in
      let values = (0..<model.outputShape.count).map { position -> Float in
        let value = (position + 31 * seed) * 7907 % 2003
        return Float(value) / 1001 - 1
      }
      return Tensor(model.outputShape, values)
    }
    let gradients = incoming.map { _ in Tensor(model.inputShape) }
    try model.vjp(incoming, into: gradients)
    let kernels = try model.kernels().filter { $0.isReverse }.map { $0.implementation }
    return (gradients.map { Array($0.elements) }, kernels)
  }

  @Test(arguments: [1, 2])
  func areTheSumsOfWhatReadersGive(_ cotangents: Int) throws {
    for reader in Reader.allCases {
      for pattern in Pattern.allCases where pattern == .siblings || reader.keepsShape {
        let both = try Self.gradients(reader, pattern, cotangents: cotangents)
        let own = try Self.gradients(reader, pattern, isAlone: true, cotangents: cotangents)
        let other = try Self.gradients(reader, pattern, isOtherAlone: true, cotangents: cotangents)
        for (index, found) in both.gradients.enumerated() {
          let expected = zip(own.gradients[index], other.gradients[index]).map { Double($0) + Double($1) }
          let largest = expected.reduce(0) { max($0, abs($1)) }
          let worst = zip(found, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
          #expect(worst <= 1e-6 * largest, "\(reader), \(pattern), cotangent \(index)")
        }
        // The two signs and the delivery are there once, and nothing for the sum.
        #expect(
          both.reverseKernels.count <= own.reverseKernels.count + other.reverseKernels.count - 3 * cotangents,
          "\(reader), \(pattern): \(both.reverseKernels), \(own.reverseKernels), \(other.reverseKernels)")
      }
    }
  }
}
