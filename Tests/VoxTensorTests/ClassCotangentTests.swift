import Testing
import VoxOperators
import VoxTensor
import _VoxTestSupport

/// Cotangents of one class: a model that knows of them gives what one gives that takes them whole.
@Suite struct ClassCotangentTests {
  /// How a network ends, from `channels` channels to 5 classes.
  private enum Ending: CaseIterable, Sendable {
    case points, pointsOfFew, pointsOfGroups, pointsOfPoints, pointsOfSigmoid, pointsOfRelu, siblings, normals, alone
    case cube, residual, doubled, patches, upsampled, strided, softmax, rectifier
    case pointsOfSumOfNormals, cubeOfSumOfNormals, pointsOfSum, rectifiedPatches

    var channels: Int {
      switch self {
      case .pointsOfFew, .residual, .doubled, .strided: 5
      // They nearly fill blocks of 8 and of 16.
      case .patches, .rectifiedPatches, .pointsOfSumOfNormals, .cubeOfSumOfNormals: 30
      default: 20
      }
    }

    /// Extents of the input: tasks of several stretches and, but for rows of tiles, a rest.
    var extents: [Int] {
      switch self {
      case .residual, .strided: [8, 14, 64]
      case .upsampled: [5, 6, 48]
      default: [21, 23, 37]
      }
    }

    /// Whether a loop of our own takes the plane alone, where the processor has vectors for it.
    var isOfOneChannel: Bool { [.residual, .patches, .upsampled, .strided].contains(self) }

    /// What the kernels that make use of a single class are called, where every machine has them.
    var kernel: String? {
      switch self {
      case .points, .pointsOfFew, .pointsOfGroups: "of outer product"
      case .pointsOfPoints, .pointsOfSigmoid, .siblings, .softmax, .doubled: "outer product"
      case .pointsOfRelu, .rectifier: "VJP of rectifier of outer product"
      case .normals: "of outer product"
      // In C order there are no blocks of channels, and the product is made whole.
      case .pointsOfSumOfNormals: VectorLanes.count == nil ? nil : "lanes of rectifier of outer product"
      case .cubeOfSumOfNormals: VectorLanes.count == nil ? nil : "lanes of rectifier"
      case .pointsOfSum: "VJP of rectifier of outer product"
      case .alone, .cube, .residual, .patches, .upsampled, .strided, .rectifiedPatches: nil
      }
    }

    func add(_ x: Graph.Value, to builder: inout GraphBuilder) throws -> Graph.Value {
      switch self {
      case .points, .pointsOfFew, .pointsOfGroups:
        let (from, name) = (channels, self == .pointsOfGroups ? "GroupNormalization" : "InstanceNormalization")
        let count = self == .pointsOfGroups ? 5 : from
        let scale = builder.literal([count], (0..<count).map { Float($0) / 11 - 0.7 })
        let normal = try builder.add(
          name, [x, scale, scale], self == .pointsOfGroups ? ["num_groups": .integer(5)] : [:])
        return try Self.points(try builder.add("LeakyRelu", [normal]), from, 5, &builder)
      case .pointsOfPoints: return try Self.points(try Self.points(x, 20, 6, &builder), 6, 5, &builder)
      case .pointsOfSigmoid: return try Self.points(try builder.add("Sigmoid", [x]), 20, 5, &builder)
      case .pointsOfRelu:
        return try Self.points(try builder.add("Relu", [try builder.convolution(x, from: 20, to: 20)]), 20, 5, &builder)
      case .siblings:
        return try builder.add(
          "Add", [try Self.points(x, 20, 5, &builder), try Self.points(x, 20, 5, &builder, seed: 3)])
      case .normals:
        // The first in the file goes back last, and adds to what the second gave.
        let scale = builder.literal([20], (0..<20).map { Float($0) / 11 - 0.7 })
        let first = try Self.points(try builder.add("InstanceNormalization", [x, scale, scale]), 20, 5, &builder)
        return try builder.add("Add", [first, try Self.points(x, 20, 5, &builder, seed: 3)])
      case .pointsOfSumOfNormals: return try Self.points(try Self.sumOfNormals(x, &builder), 30, 5, &builder)
      case .cubeOfSumOfNormals:
        return try builder.convolution(try Self.sumOfNormals(x, &builder), from: 30, to: 5)
      case .pointsOfSum:
        let (a, b) = (try builder.convolution(x, from: 20, to: 20), try Self.points(x, 20, 20, &builder, seed: 3))
        return try Self.points(try builder.add("Relu", [try builder.add("Add", [a, b])]), 20, 5, &builder)
      case .alone: return try Self.points(x, 20, 5, &builder)
      case .cube: return try builder.convolution(x, from: 20, to: 5)
      case .residual: return try builder.add("Add", [try builder.convolution(x, from: 5, to: 5), x])
      case .doubled: return try builder.add("Add", [x, x])
      case .upsampled, .strided:
        let weights = Self.weights([channels, 5, 3, 3, 3], &builder)
        return try builder.add(
          self == .strided ? "Conv" : "ConvTranspose", [x, weights],
          ["strides": .integers([2, 2, 2]), "pads": .integers([1, 1, 1, 1, 1, 1])])
      case .patches, .rectifiedPatches:
        let weights = Self.weights([channels, 5, 2, 2, 2], &builder)
        let y = try builder.add("ConvTranspose", [x, weights], ["strides": .integers([2, 2, 2])])
        return self == .patches ? y : try builder.add("Relu", [y])
      case .softmax: return try builder.add("Softmax", [try Self.points(x, 20, 5, &builder)], ["axis": .integer(1)])
      case .rectifier: return try builder.add("Relu", [try builder.convolution(x, from: 20, to: 5)])
      }
    }

    /// The end of a residual block: both ways are normalized, summed and rectified.
    private static func sumOfNormals(_ x: Graph.Value, _ builder: inout GraphBuilder) throws -> Graph.Value {
      let scale = builder.literal([30], (0..<30).map { Float($0) / 11 - 0.7 })
      let (a, b) = (try builder.convolution(x, from: 30, to: 30), try points(x, 30, 30, &builder, seed: 3))
      let sum = try builder.add(
        "Add",
        [
          try builder.add("InstanceNormalization", [a, scale, scale]),
          try builder.add("InstanceNormalization", [b, scale, scale]),
        ])
      return try builder.add("LeakyRelu", [sum])
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

  private static func model(
    _ ending: Ending, oneClass: Bool, precision: Precision = .f32
  ) throws -> CompiledModel {
    var builder = GraphBuilder()
    let shape = Shape([1, ending.channels] + ending.extents)
    // A node before the ending, unless the product shall be the gradient itself.
    let x = ending == .alone ? builder.input : try builder.add("Tanh", [builder.input])
    let graph = builder.finished(try ending.add(x, to: &builder))
    return try CompiledModel(graph, inputShape: shape, threads: 2, precision: precision, oneClass: oneClass)
  }

  private static func seeds(_ classes: [Int], _ model: CompiledModel) -> [ClassCotangent] {
    var shape = model.outputShape
    shape[1] = 1
    return classes.map { number in
      // A class is absent in parts of an image, which some kernels leave out.
      let plane = PlanTests.values(shape, 5 + number).enumerated().map { $0 % 50 < 20 || $0 % 3 == 0 ? 0 : $1 }
      return ClassCotangent(number: number, plane: Tensor(shape, plane))
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

  /// What comes past a block of two convolutions is added by the first one's kernel, though it is also read before.
  @Test func identitiesOfResidualBlocksAreAddedInPlace() throws {
    var builder = GraphBuilder()
    let x = try builder.add("Tanh", [builder.input])
    let scale = builder.literal([32], (0..<32).map { Float($0) / 11 - 0.7 })
    func normal(_ x: Graph.Value) throws -> Graph.Value {
      try builder.add("InstanceNormalization", [try builder.convolution(x, from: 32, to: 32), scale, scale])
    }
    let inner = try normal(try builder.add("Relu", [try normal(x)]))
    let y = try builder.add("Relu", [try builder.add("Add", [inner, x])])
    let graph = builder.finished(try builder.convolution(y, from: 32, to: 5))
    let model = try CompiledModel(graph, inputShape: [1, 32, 12, 14, 16], threads: 2, oneClass: true)
    if VectorLanes.count == nil { return }
    let kernels = try model.kernels().filter { $0.isReverse && $0.node == 1 }.map(\.implementation)
    #expect(kernels == ["native:VJP of rectifier", "native:winograd of long tiles VJP"])
  }

  @Test func aRectifierGoesBackOnceForAllThatReadIt() throws {
    let model = try Self.model(.pointsOfSum, oneClass: true)
    #expect(try model.kernels().count { $0.isReverse && $0.implementation.contains("VJP of rectifier") } == 1)
    if VectorLanes.count == nil { return }
    let normals = try Self.model(.pointsOfSumOfNormals, oneClass: true)
    #expect(try !normals.kernels().contains { $0.isReverse && $0.implementation.contains("VJP of rectifier") })
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
      if ending.isOfOneChannel, VectorLanes.count != nil {
        let isThere = try model.kernels().contains { $0.isReverse && $0.implementation.hasSuffix("of one channel") }
        #expect(isThere, "\(ending)")
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

  /// The library then wants to read cotangents of two bytes per value. Both forward passes are in short floats, for
  /// where these change a sign before a rectifier, gradients are others.
  @Test(.enabled(if: Precision.bf16.isAvailable, "this processor has no bfloat16"))
  func areNearWholeOnesInShortFloats() throws {
    for ending in Ending.allCases {
      let expected = try Self.gradients(try Self.model(ending, oneClass: false, precision: .bf16), [[1]])
      let found = try Self.gradients(try Self.model(ending, oneClass: true, precision: .bf16), [[1]])
      let largest = expected[0].reduce(0) { max($0, abs($1)) }
      let worst = zip(found[0], expected[0]).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(worst <= largest / 64, "\(ending)")
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
        try model.vjp([ClassCotangent(number: number, plane: Tensor([1, 1, 21, 23, 37]))], into: [gradient])
      }
    }
    #expect(throws: EngineError.self) {
      try model.vjp([ClassCotangent(number: 0, plane: Tensor([1, 1, 21, 23, 38]))], into: [gradient])
    }
    try model.vjp(Self.seeds([4], model), into: [gradient])
  }
}
