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

  private let epsilon: Float

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
    let original = try input(inputs, 0)
    let scale = try repeated(try input(inputs, 1), times: original.shape[0], in: plan)
    let bias = try repeated(try input(inputs, 2), times: original.shape[0], in: plan)
    // Instances are independent, so that the channels of several instances are channels of one.
    var merged = original.shape
    (merged[0], merged[1]) = (1, original.shape[0] * original.shape[1])
    let x = try plan.reshaped(original, to: merged)
    let results = try plan.run(
      try Kernel(instanceNormalization: x.layout, epsilon: epsilon),
      reading: [(.source, x), (.scale, scale), (.shift, bias)], writing: [.destination, .mean, .variance])
    return Lowered([try plan.reshaped(results[0], to: original.shape)]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil, nil, nil] }
      let dx = try plan.run(
        try Kernel(vjpOfInstanceNormalization: x.layout, epsilon: epsilon),
        reading: [
          (.source, x), (.mean, results[1]), (.variance, results[2]), (.scale, scale),
          (.destinationCotangent, try plan.reshaped(dy, to: merged)),
        ],
        writing: .sourceCotangent)
      return [try plan.reshaped(dx, to: original.shape), nil, nil]
    }
  }

  /// Five operations per element: three for the moments, two for the result.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { outputs.reduce(0) { $0 + 5 * Double($1.count) } }

  private func repeated(_ vector: Operand, times: Int, in plan: PlanBuilder) throws(EngineError) -> Operand {
    guard let literal = vector.literal else {
      throw EngineError(.unsupported, "expected scale and bias that are part of the file, found computed ones")
    }
    if times == 1 { return vector }
    let values = [[Float]](repeating: literal.floats, count: times).flatMap(\.self)
    return try plan.constant(Literal([values.count], floats: values))
  }
}
