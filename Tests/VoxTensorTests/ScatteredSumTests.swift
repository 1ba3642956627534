import Testing
import VoxOperators
import VoxTensor

/// Cotangents of slices and gathers of one tensor, which are added up where they lie.
@Suite struct ScatteredSumTests {
  /// What is read of a tensor [1, 6, 10, 17].
  private enum Reading: Sendable {
    case slice(axis: Int, start: Int, end: Int, step: Int)
    case gather(axis: Int, indices: [Int])

    var axis: Int {
      switch self {
      case .slice(let axis, _, _, _), .gather(let axis, _): axis
      }
    }

    /// Places along the axis.
    var places: [Int] {
      switch self {
      case .slice(_, let start, let end, let step): Array(stride(from: start, to: end, by: step))
      case .gather(_, let indices): indices
      }
    }
  }

  private static let extents = [1, 6, 10, 17]
  private static let readings: [Reading] = [
    .slice(axis: 1, start: 0, end: 6, step: 2), .slice(axis: 3, start: 3, end: 15, step: 1),
    .gather(axis: 1, indices: [5, 0, 5]), .slice(axis: 2, start: 9, end: 0, step: -3),
    .gather(axis: 3, indices: [16, 2, 2, 2, 7]), .gather(axis: 2, indices: [4]),
    .slice(axis: 1, start: 0, end: 6, step: 1),
  ]

  /// What is read of a value, flattened.
  private static func add(
    _ reading: Reading, of value: Graph.Value, to builder: inout GraphBuilder
  ) throws -> Graph.Value {
    switch reading {
    case .slice(let axis, let start, let end, let step):
      let bounds = [start, end, axis, step].map { builder.literal([$0]) }
      return try builder.add("Flatten", [try builder.add("Slice", [value] + bounds)])
    case .gather(let axis, let indices):
      let places = builder.literal(indices)
      return try builder.add("Flatten", [try builder.add("Gather", [value, places], ["axis": .integer(axis)])])
    }
  }

  /// The graph whose output is some values one after the other.
  private static func joining(_ parts: [Graph.Value], in builder: GraphBuilder) throws -> Graph {
    var builder = builder
    let joined = try builder.add("Concat", parts, ["axis": .integer(1)])
    return builder.finished(joined)
  }

  /// One after the other, flattened.
  private static func graph() throws -> Graph {
    var builder = GraphBuilder()
    // A tensor of its own, so that the cotangent of what is read has a buffer.
    let read = try builder.add("Neg", [builder.input])
    let parts = try readings.map { try add($0, of: read, to: &builder) }
    return try joining(parts, in: builder)
  }

  /// The gradient, element by element.
  private static func expected(_ cotangent: [Float]) -> [Double] {
    let shape = Shape(extents)
    var (gradient, next) = ([Double](repeating: 0, count: shape.count), 0)
    for reading in readings {
      var box = extents
      box[reading.axis] = reading.places.count
      for offset in 0..<Shape(box).count {
        var (rest, place) = (offset, 0)
        for axis in extents.indices.reversed() {
          let index = rest % box[axis]
          rest /= box[axis]
          place += (axis == reading.axis ? reading.places[index] : index) * shape.strides[axis]
        }
        gradient[place] -= Double(cotangent[next])
        next += 1
      }
    }
    return gradient
  }

  @Test(arguments: [1, 2])
  func areTheSums(_ cotangents: Int) throws {
    let model = try CompiledModel(try Self.graph(), inputShape: Shape(Self.extents), threads: 2)
    model.setTapes(1, ReversePass(cotangents: cotangents))
    let input = Tensor(model.inputShape, (0..<model.inputShape.count).map { Float($0 % 89) })
    try model.forward(input, into: Tensor(model.outputShape), keepingTape: true)
    let incoming = (0..<cotangents).map { seed -> [Float] in
      (0..<model.outputShape.count).map { position -> Float in
        let value = (position + 31 * seed) * 7919 % 2003
        return Float(value) / 1001 - 1
      }
    }
    let gradients = incoming.map { _ in Tensor(model.inputShape) }
    try model.vjp(incoming.map { Tensor(model.outputShape, $0) }, into: gradients)
    for (cotangent, gradient) in zip(incoming, gradients) {
      let expected = Self.expected(cotangent)
      let worst = expected.indices.reduce(0.0) { max($0, abs(Double(gradient.elements[$1]) - expected[$1])) }
      #expect(worst < 1e-6)
    }
    // For every reading its part of the cotangent and its place, then the sign and the delivery; no sums.
    #expect(try model.kernels().count(where: \.isReverse) == (2 * Self.readings.count + 2) * cotangents)
  }

  /// What a sum gives to both of its inputs is not changed for one of them.
  @Test(arguments: readings.indices, [false, true])
  func isNotAddedToWhatOthersRead(_ index: Int, isTwice: Bool) throws {
    let reading = Self.readings[index]
    var builder = GraphBuilder()
    let x = try builder.add("Neg", [builder.input])
    let other = isTwice ? x : try builder.add("Abs", [x])
    let sum = try builder.add("Add", [x, other])
    let parts = [try Self.add(reading, of: sum, to: &builder), try builder.add("Flatten", [x])]
    let model = try CompiledModel(try Self.joining(parts, in: builder), inputShape: Shape(Self.extents), threads: 2)
    // Negative inputs: x and its absolute value are positive, and their derivatives 1.
    let input = Tensor(model.inputShape, (0..<model.inputShape.count).map { -1 - Float($0 % 89) })
    try model.forward(input, into: Tensor(model.outputShape), keepingTape: true)
    let gradient = Tensor(model.inputShape)
    try model.vjp(Tensor(model.outputShape, Array(repeating: 1, count: model.outputShape.count)), into: gradient)
    var times = [Int](repeating: 0, count: Self.extents[reading.axis])
    for place in reading.places { times[place] += 1 }
    let stride = Shape(Self.extents).strides[reading.axis]
    for offset in 0..<model.inputShape.count {
      let read = times[offset / stride % times.count]
      #expect(gradient.elements[offset] == -Float(2 * read + 1))
    }
  }
}
