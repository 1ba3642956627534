import Testing
import VoxOperators
import VoxTensor

/// Cotangents of one class: a model that knows of them gives what one gives that takes them whole.
@Suite struct ClassCotangentTests {
  /// How a network ends, from `channels` channels to 5 classes.
  private enum Ending: CaseIterable, Sendable {
    case points, pointsOfFew, pointsOfGroups, pointsOfPoints, pointsOfSigmoid, pointsOfRelu, siblings, alone
    case cube, residual, patches, softmax, rectifier

    var channels: Int { [.pointsOfFew, .residual].contains(self) ? 5 : 24 }

    /// What the kernels that make use of a single class are called, where every machine has them.
    var kernel: String? {
      switch self {
      case .points, .pointsOfFew, .pointsOfGroups: "of outer product"
      case .pointsOfPoints, .pointsOfSigmoid, .pointsOfRelu, .siblings, .softmax, .rectifier: "outer product"
      case .alone, .cube, .residual, .patches: nil
      }
    }

    func add(_ x: Graph.Value, to builder: inout GraphBuilder) throws -> Graph.Value {
      switch self {
      case .points, .pointsOfFew, .pointsOfGroups:
        let (from, name) = (channels, self == .pointsOfGroups ? "GroupNormalization" : "InstanceNormalization")
        let count = self == .pointsOfGroups ? 6 : from
        let scale = builder.literal([count], (0..<count).map { Float($0) / 11 - 0.7 })
        let normal = try builder.add(
          name, [x, scale, scale], self == .pointsOfGroups ? ["num_groups": .integer(6)] : [:])
        return try Self.points(try builder.add("LeakyRelu", [normal]), from, 5, &builder)
      case .pointsOfPoints: return try Self.points(try Self.points(x, 24, 6, &builder), 6, 5, &builder)
      case .pointsOfSigmoid: return try Self.points(try builder.add("Sigmoid", [x]), 24, 5, &builder)
      case .pointsOfRelu:
        return try Self.points(try builder.add("Relu", [try builder.convolution(x, from: 24, to: 24)]), 24, 5, &builder)
      case .siblings:
        return try builder.add(
          "Add", [try Self.points(x, 24, 5, &builder), try Self.points(x, 24, 5, &builder, seed: 3)])
      case .alone: return try Self.points(x, 24, 5, &builder)
      case .cube: return try builder.convolution(x, from: 24, to: 5)
      case .residual: return try builder.add("Add", [try builder.convolution(x, from: 5, to: 5), x])
      case .patches:
        let weights = Self.weights([24, 5, 2, 2, 2], &builder)
        return try builder.add("ConvTranspose", [x, weights], ["strides": .integers([2, 2, 2])])
      case .softmax: return try builder.add("Softmax", [try Self.points(x, 24, 5, &builder)], ["axis": .integer(1)])
      case .rectifier: return try builder.add("Relu", [try builder.convolution(x, from: 24, to: 5)])
      }
    }

    private static func points(
      _ x: Graph.Value, _ from: Int, _ to: Int, _ builder: inout GraphBuilder, seed: Int = 0
    ) throws -> Graph.Value {
      try builder.add("Conv", [x, weights([to, from, 1, 1, 1], &builder, seed: seed)])
    }

    private static func weights(_ shape: Shape, _ builder: inout GraphBuilder, seed: Int = 0) -> Graph.Value {
      builder.literal(shape, (0..<shape.count).map { Float(($0 + seed) * 41 % 29) / 29 - 0.5 })
    }
  }

  private static func model(_ ending: Ending, oneClass: Bool) throws -> CompiledModel {
    var builder = GraphBuilder()
    let shape: Shape = [1, ending.channels, 8, 14, ending == .residual ? 64 : 12]
    // A node before the ending, unless the product shall be the gradient itself.
    let x = ending == .alone ? builder.input : try builder.add("Tanh", [builder.input])
    let graph = builder.finished(try ending.add(x, to: &builder))
    return try CompiledModel(graph, inputShape: shape, threads: 2, oneClass: oneClass)
  }

  private static func seeds(_ classes: [Int], _ model: CompiledModel) -> [ClassCotangent] {
    var shape = model.outputShape
    shape[1] = 1
    return classes.map { number in
      ClassCotangent(number: number, plane: Tensor(shape, PlanTests.values(shape, 5 + number)))
    }
  }

  private static func gradients(_ model: CompiledModel, _ classes: [[Int]]) throws -> [[Float]] {
    let input = Tensor(model.inputShape, PlanTests.values(model.inputShape, 1))
    _ = try model.forward(input, keepingTape: true)
    return try classes.flatMap { classes in
      let gradients = classes.map { _ in Tensor(model.inputShape) }
      try model.vjp(seeds(classes, model), into: gradients)
      return gradients.map { Array($0.elements) }
    }
  }

  @Test func giveWhatWholeOnesGive() throws {
    for ending in Ending.allCases {
      let expected = try Self.gradients(try Self.model(ending, oneClass: false), (0..<5).map { [$0] })
      let largest = expected.joined().reduce(0) { max($0, abs($1)) }
      #expect(largest > 0)
      let model = try Self.model(ending, oneClass: true)
      if let kernel = ending.kernel {
        #expect(try model.kernels().contains { $0.isReverse && $0.implementation.hasSuffix(kernel) }, "\(ending)")
      }
      let recomputed = try model.recomputations().count
      let ways: [(pass: ReversePass, classes: [[Int]])] = [
        (ReversePass(), [[0], [1], [2], [3], [4]]), (ReversePass(cotangents: 3), [[0, 1, 2], [3, 4]]),
        (ReversePass(recomputed: recomputed, cotangents: 2), [[0, 1], [2, 3], [4]]),
      ]
      for way in ways {
        model.setTapes(1, way.pass)
        let found = try Self.gradients(model, way.classes)
        for (number, (found, expected)) in zip(found, expected).enumerated() {
          let worst = zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
          #expect(worst <= 2e-6 * largest, "\(ending), class \(number), \(way.pass)")
        }
      }
    }
  }

  /// What is zero is neither read nor written.
  @Test func moveFewerBytes() throws {
    for ending in [Ending.points, .pointsOfFew, .pointsOfGroups, .residual] {
      func bytes(oneClass: Bool) throws -> Int {
        let model = try Self.model(ending, oneClass: oneClass)
        _ = try Self.gradients(model, [[2]])
        return model.profile.rows.filter(\.isReverse).reduce(0) { $0 + $1.bytes }
      }
      #expect(try bytes(oneClass: true) < bytes(oneClass: false), "\(ending)")
    }
  }

  @Test func thatDoNotFitAreRefused() throws {
    let model = try Self.model(.points, oneClass: true)
    _ = try model.forward(Tensor(model.inputShape), keepingTape: true)
    let gradient = Tensor(model.inputShape)
    #expect(throws: EngineError.self) { try model.vjp(Tensor(model.outputShape), into: gradient) }
    for number in [-1, 5] {
      #expect(throws: EngineError.self) {
        try model.vjp([ClassCotangent(number: number, plane: Tensor([1, 1, 8, 14, 12]))], into: [gradient])
      }
    }
    #expect(throws: EngineError.self) {
      try model.vjp([ClassCotangent(number: 0, plane: Tensor([1, 1, 8, 14, 13]))], into: [gradient])
    }
    try model.vjp(Self.seeds([4], model), into: [gradient])
  }
}
