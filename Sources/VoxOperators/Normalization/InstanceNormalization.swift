import VoxTensor

/// `InstanceNormalization` (ai.onnx, since opset 6).
///
/// Normalizes each channel of each instance over its spatial axes:
/// `y = scale * (x - mean) * rstd + bias`, `rstd = 1 / sqrt(var + epsilon)`, biased variance.
///
/// - Inputs: `x` [N, C, D1...Dk] with k >= 1; `scale` [C] and `bias` [C], literals.
/// - Outputs: `y`, the shape of `x`.
/// - VJP: `dx = rstd * scale * (dy - mean(dy) - xhat * mean(dy * xhat))`, means over D1...Dk; the tape keeps `x`,
///   `mean` and `var`.
/// - Source: <https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html>; arXiv:1607.08022.
struct InstanceNormalization: Operator {
  static let name = "InstanceNormalization"
  static let since = 6
  static let arity = 3...3

  /// Added to the variance.
  let epsilon: Float

  init(_ attributes: inout Attributes) throws(EngineError) {
    epsilon = try attributes.float("epsilon", default: 1e-5)
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let x = try fact(inputs, 0).shape
    guard x.rank >= 3 else { throw EngineError(.malformed, "expected [N, C, D1...Dk], found shape \(x)") }
    for position in 1...2 {
      let shape = try fact(inputs, position).shape
      guard shape == [x[1]] else {
        throw EngineError(.malformed, "input \(position): expected shape [\(x[1])], found \(shape)")
      }
    }
    return [x]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let lowered = try lowered(
      ChannelNormalization(groups: x.shape[1], epsilon: epsilon), x, scale: try floats(inputs, 1),
      shift: try floats(inputs, 2), into: plan)
    return Lowered(lowered.outputs, takesOuterProducts: true) { cotangents, plan throws(EngineError) in
      try lowered.pullback(cotangents, plan) + [nil, nil]
    }
  }

  func followed(by next: Follower, _ inputs: [Fact?]) throws(EngineError) -> (any Operator)? {
    guard let scale = try fact(inputs, 1).literal, let shift = try fact(inputs, 2).literal else { return nil }
    let alone = FusedNormalization(
      ChannelNormalization(groups: scale.shape.count, epsilon: epsilon), scale: scale.floats, shift: shift.floats)
    return try alone.followed(by: next, inputs)
  }

  /// Five operations per element: three for the moments, two for the result.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { outputs.reduce(0) { $0 + 5 * Double($1.count) } }
}
