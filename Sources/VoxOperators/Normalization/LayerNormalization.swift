import VoxTensor

/// `LayerNormalization` (ai.onnx, since opset 17).
///
/// Normalizes over the axes from `axis` on: `y = scale * (x - mean) * rstd + bias`, `rstd = 1 / sqrt(var + epsilon)`,
/// biased variance.
///
/// - Inputs: `x`; `scale` and `bias`, literals that broadcast to the normalized axes, the second one optional.
/// - Outputs: `y`, the shape of `x`, without the outputs of mean and rstd.
/// - VJP: `dx = rstd * (g - mean(g) - xhat * mean(g * xhat))`, `g = scale * dy`; the tape keeps `x`, `mean` and `rstd`.
/// - Source: <https://onnx.ai/onnx/operators/onnx__LayerNormalization.html>; arXiv:1607.06450.
struct LayerNormalization: Operator {
  static let name = "LayerNormalization"
  static let since = 17
  static let arity = 2...3

  private let axis: Int
  private let epsilon: Float

  init(_ attributes: inout Attributes) throws(EngineError) {
    axis = try attributes.integer("axis", default: -1)
    epsilon = try attributes.float("epsilon", default: 1e-5)
    // The type of the sums; ours are always in double precision.
    _ = try attributes.integer("stash_type", default: 1)
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let x = try fact(inputs, 0).shape
    let normalized = Shape(Array(x.extents[try resolved(axis: axis, rank: x.rank)...]))
    for position in 1..<inputs.count {
      guard let shape = inputs[position]?.shape else { continue }
      guard try Broadcast.shape(normalized, shape) == normalized else {
        throw EngineError(.malformed, "input \(position): expected shape \(normalized), found \(shape)")
      }
    }
    return [x]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let original = try input(inputs, 0)
    let extents = original.shape.extents
    let axis = try resolved(axis: axis, rank: extents.count)
    let matrix: Shape = [extents[..<axis].reduce(1, *), extents[axis...].reduce(1, *)]
    let normalized = Shape(Array(extents[axis...]))
    let scale = try vector(try input(inputs, 1), normalized, in: plan)
    let zeros = try plan.constant(Literal([1], floats: [0]))
    let bias = try vector(optional(inputs, 2) ?? zeros, normalized, in: plan)
    let x = try plan.reshaped(original, to: matrix)
    let results = try plan.run(
      try Kernel(layerNormalization: matrix, epsilon: epsilon),
      reading: [(.source, x), (.scale, scale), (.shift, bias)], writing: [.destination, .mean, .variance])
    let rest = [Operand?](repeating: nil, count: inputs.count - 1)
    return Lowered([try plan.reshaped(results[0], to: original.shape)]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil] + rest }
      let dx = try plan.run(
        try Kernel(vjpOfLayerNormalization: matrix),
        reading: [
          (.source, x), (.mean, results[1]), (.variance, results[2]), (.scale, scale),
          (.destinationCotangent, try plan.reshaped(dy, to: matrix)),
        ],
        writing: .sourceCotangent)
      return [try plan.reshaped(dx, to: original.shape)] + rest
    }
  }

  /// Five operations per element: three for the moments, two for the result.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { outputs.reduce(0) { $0 + 5 * Double($1.count) } }

  /// A literal repeated over the normalized axes.
  private func vector(_ x: Operand, _ shape: Shape, in plan: PlanBuilder) throws(EngineError) -> Operand {
    guard let literal = x.literal else {
      throw EngineError(.unsupported, "expected scale and bias that are part of the file, found computed ones")
    }
    if literal.shape.count == shape.count { return try plan.reshaped(x, to: [shape.count]) }
    return try plan.constant(literal.broadcast(to: shape).reshaped([shape.count]))
  }
}
