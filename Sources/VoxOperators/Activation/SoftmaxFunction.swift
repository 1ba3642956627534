import VoxTensor

/// The softmax along an axis, or its logarithm.
///
/// Before opset 13 the axes from `axis` on are taken together.
///
/// - Inputs: `x`, any shape.
/// - Outputs: `y`, the shape of `x`.
struct SoftmaxFunction: Sendable {
  private let axis: Int
  private let flattens: Bool
  private let isLogarithmic: Bool

  /// Reads `axis`.
  init(_ attributes: inout Attributes, isLogarithmic: Bool) throws(EngineError) {
    flattens = attributes.opset < 13
    axis = try attributes.integer("axis", default: flattens ? 1 : -1)
    self.isLogarithmic = isLogarithmic
  }

  /// Whether it is taken along the last axis alone.
  func isOverLastAxis(of x: Shape) -> Bool { axis == -1 || axis == x.rank - 1 }

  /// The shape of the output.
  func outputShape(_ x: Shape) throws(EngineError) -> Shape {
    _ = try resolved(axis: axis, rank: x.rank)
    return x
  }

  /// Emits the function and its derivative.
  func lower(_ original: Operand, into plan: PlanBuilder) throws(EngineError) -> Lowered {
    var axis = try resolved(axis: axis, rank: original.shape.rank)
    var x = original
    if flattens {
      let extents = original.shape.extents
      x = try plan.reshaped(original, to: [extents[..<axis].reduce(1, *), extents[axis...].reduce(1, *)])
      axis = 1
    }
    let y = try plan.run(
      try Kernel(softmax: x.layout, axis: axis, isLogarithmic: isLogarithmic), reading: [(.source, x)],
      writing: .destination)
    return Lowered([try plan.reshaped(y, to: original.shape)]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil] }
      let dx = try plan.run(
        try Kernel(vjpOfSoftmax: y.layout, axis: axis, isLogarithmic: isLogarithmic),
        reading: [(.destination, y), (.destinationCotangent, try plan.reshaped(dy, to: y.shape))],
        writing: .sourceCotangent)
      return [try plan.reshaped(dx, to: original.shape)]
    }
  }
}
