import VoxTensor

/// `GroupNormalization` (ai.onnx, since opset 18).
///
/// Normalizes each group of channels of each instance: `y = scale * (x - mean) * rstd + bias`,
/// `rstd = 1 / sqrt(var + epsilon)`, biased variance.
///
/// - Inputs: `x` [N, C, D1...Dk]; `scale` and `bias`, literals, [groups] before opset 21, [C] from then on.
/// - Outputs: `y`, the shape of `x`.
/// - VJP: that of ``InstanceNormalization`` over groups for `scale * dy`; the tape keeps `x`, `mean` and `var`.
/// - Source: <https://onnx.ai/onnx/operators/onnx__GroupNormalization.html>; arXiv:1803.08494.
struct GroupNormalization: Operator {
  static let name = "GroupNormalization"
  static let since = 18
  static let arity = 3...3

  private let epsilon: Float
  private let groups: Int
  private let scalesGroups: Bool

  init(_ attributes: inout Attributes) throws(EngineError) {
    epsilon = try attributes.float("epsilon", default: 1e-5)
    groups = try attributes.integer("num_groups", default: 0)
    scalesGroups = attributes.opset < 21
    guard groups > 0 else {
      throw EngineError(.malformed, "expected a positive number, found \(groups)", at: .attribute("num_groups"))
    }
    // The type of the sums; ours are always in double precision.
    _ = try attributes.integer("stash_type", default: 1)
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let x = try fact(inputs, 0).shape
    guard x.rank >= 3, x[1] % groups == 0 else {
      throw EngineError(.malformed, "expected [N, C, D1...Dk] with channels for \(groups) groups, found shape \(x)")
    }
    for position in 1...2 {
      let shape = try fact(inputs, position).shape
      guard shape == [scalesGroups ? groups : x[1]] else {
        throw EngineError(
          .malformed, "input \(position): expected shape [\(scalesGroups ? groups : x[1])], found \(shape)")
      }
    }
    return [x]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let lowered = try lowered(
      ChannelNormalization(groups: groups, epsilon: epsilon), x, scale: perChannel(try floats(inputs, 1), x.shape),
      shift: perChannel(try floats(inputs, 2), x.shape), into: plan)
    return Lowered(lowered.outputs, takesOuterProducts: true) { cotangents, plan throws(EngineError) in
      try lowered.pullback(cotangents, plan) + [nil, nil]
    }
  }

  func followed(by next: Follower, _ inputs: [Fact?]) throws(EngineError) -> (any Operator)? {
    let shape = try fact(inputs, 0).shape
    guard let scale = try fact(inputs, 1).literal, let shift = try fact(inputs, 2).literal else { return nil }
    let alone = FusedNormalization(
      ChannelNormalization(groups: groups, epsilon: epsilon), scale: perChannel(scale.floats, shape),
      shift: perChannel(shift.floats, shape))
    return try alone.followed(by: next, inputs)
  }

  /// Six operations per element: three for the moments, three for the result.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { outputs.reduce(0) { $0 + 6 * Double($1.count) } }

  /// One value per channel of what may be one per group.
  private func perChannel(_ values: [Float], _ shape: Shape) -> [Float] {
    values.flatMap { [Float](repeating: $0, count: shape[1] / values.count) }
  }
}
