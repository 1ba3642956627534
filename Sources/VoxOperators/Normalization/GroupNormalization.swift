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
    let shape = x.shape
    let merged: Shape = [1, shape[0] * groups, shape.count / (shape[0] * groups)]
    let (ones, zeros) = (
      try plan.constant(Literal([merged[1]], floats: [Float](repeating: 1, count: merged[1]))),
      try plan.constant(Literal([merged[1]], floats: [Float](repeating: 0, count: merged[1])))
    )
    let scale = try perChannel(try input(inputs, 1), shape, in: plan)
    let bias = try perChannel(try input(inputs, 2), shape, in: plan)
    let source = try plan.reshaped(x, to: merged)
    let results = try plan.run(
      try Kernel(instanceNormalization: source.layout, epsilon: epsilon),
      reading: [(.source, source), (.scale, ones), (.shift, zeros)], writing: [.destination, .mean, .variance])
    let xhat = try plan.reshaped(results[0], to: shape)
    let y = try combined(.add, try combined(.multiply, xhat, scale, in: plan), bias, in: plan)
    return Lowered([y]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil, nil, nil] }
      let scaled = try combined(.multiply, dy, scale, in: plan)
      let dx = try plan.run(
        try Kernel(vjpOfInstanceNormalization: source.layout, epsilon: epsilon),
        reading: [
          (.source, source), (.mean, results[1]), (.variance, results[2]), (.scale, ones),
          (.destinationCotangent, try plan.reshaped(scaled, to: merged)),
        ],
        writing: .sourceCotangent)
      return [try plan.reshaped(dx, to: shape), nil, nil]
    }
  }

  /// Seven operations per element: three for the moments, four for the result.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { outputs.reduce(0) { $0 + 7 * Double($1.count) } }

  /// A literal as [1, C, 1...1].
  private func perChannel(_ x: Operand, _ shape: Shape, in plan: PlanBuilder) throws(EngineError) -> Operand {
    guard let literal = x.literal else {
      throw EngineError(.unsupported, "expected scale and bias that are part of the file, found computed ones")
    }
    let repeats = shape[1] / literal.shape.count
    let values = literal.floats.flatMap { [Float](repeating: $0, count: repeats) }
    var extents = [Int](repeating: 1, count: shape.rank)
    extents[1] = shape[1]
    return try plan.constant(Literal(Shape(extents), floats: values))
  }
}
