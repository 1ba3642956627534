import VoxTensor

/// `Softmax` (ai.onnx, since opset 1): `y = exp(x) / sum(exp(x))` along an axis.
///
/// Before opset 13 the axes from `axis` on are taken together.
///
/// - Inputs: `x`, any shape.
/// - Outputs: `y`, the shape of `x`.
/// - VJP: `dx = y * (dy - sum(y * dy))`, the sum along the axis; the tape keeps `y`.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Softmax.html>.
struct Softmax: Operator {
  static let name = "Softmax"
  static let since = 1
  static let arity = 1...1

  private let axis: Int
  private let flattens: Bool

  init(_ attributes: inout Attributes) throws(EngineError) {
    flattens = attributes.opset < 13
    axis = try attributes.integer("axis", default: flattens ? 1 : -1)
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let x = try fact(inputs, 0).shape
    _ = try resolved(axis: axis, rank: x.rank)
    return [x]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let original = try input(inputs, 0)
    var axis = try resolved(axis: axis, rank: original.shape.rank)
    var x = original
    if flattens {
      let extents = original.shape.extents
      x = try plan.reshaped(original, to: [extents[..<axis].reduce(1, *), extents[axis...].reduce(1, *)])
      axis = 1
    }
    let y = try plan.run(try Kernel(softmax: x.layout, axis: axis), reading: [(.source, x)], writing: .destination)
    return Lowered([try plan.reshaped(y, to: original.shape)]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil] }
      let dx = try plan.run(
        try Kernel(vjpOfSoftmax: y.layout, axis: axis),
        reading: [(.destination, y), (.destinationCotangent, try plan.reshaped(dy, to: y.shape))],
        writing: .sourceCotangent)
      return [try plan.reshaped(dx, to: original.shape)]
    }
  }
}
