import VoxTensor

/// `BatchNormalization` (ai.onnx, since opset 7) with the statistics of training, as at inference.
///
/// `y = scale * (x - mean) / sqrt(var + epsilon) + bias` for each channel.
///
/// - Inputs: `x` [N, C, D1...Dk]; `scale`, `bias`, `mean`, `var`, each [C] and a literal.
/// - Outputs: `y`, the shape of `x`.
/// - VJP: `dx = scale / sqrt(var + epsilon) * dy`.
/// - Source: <https://onnx.ai/onnx/operators/onnx__BatchNormalization.html>; arXiv:1502.03167.
struct BatchNormalization: Operator {
  static let name = "BatchNormalization"
  static let since = 7
  static let arity = 5...5

  private let epsilon: Float

  init(_ attributes: inout Attributes) throws(EngineError) {
    epsilon = try attributes.float("epsilon", default: 1e-5)
    // The momentum moves running statistics in training only.
    _ = try attributes.float("momentum", default: 0.9)
    guard try attributes.integer("training_mode", default: 0) == 0 else {
      throw EngineError(
        .unsupported, "expected 0, found training mode; export the network in evaluation mode",
        at: .attribute("training_mode"))
    }
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let x = try fact(inputs, 0).shape
    guard x.rank >= 2 else { throw EngineError(.malformed, "expected [N, C, D1...Dk], found shape \(x)") }
    for position in 1...4 {
      let shape = try fact(inputs, position).shape
      guard shape == [x[1]] else {
        throw EngineError(.malformed, "input \(position): expected shape [\(x[1])], found \(shape)")
      }
    }
    return [x]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let (scale, bias) = (try literal(inputs, 1), try literal(inputs, 2))
    let (mean, variance) = (try literal(inputs, 3), try literal(inputs, 4))
    let y = try plan.run(
      try Kernel(normalization: x.layout, epsilon: epsilon),
      reading: [(.source, x), (.scale, scale), (.shift, bias), (.mean, mean), (.variance, variance)],
      writing: .destination)
    return Lowered([y]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil, nil, nil, nil, nil] }
      // The map is affine: one factor per channel, nothing of the forward pass.
      var factors = Shape([Int](repeating: 1, count: x.shape.rank))
      factors[1] = x.shape[1]
      let scales = (scale.literal?.floats ?? [], variance.literal?.floats ?? [])
      let values = zip(scales.0, scales.1).map { $0 / ($1 + epsilon).squareRoot() }
      let factor = try plan.constant(Literal(factors, floats: values))
      return [try combined(.multiply, dy, factor, in: plan), nil, nil, nil, nil]
    }
  }

  /// Two operations per element.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { outputs.reduce(0) { $0 + 2 * Double($1.count) } }

  private func literal(_ inputs: [Operand?], _ position: Int) throws(EngineError) -> Operand {
    let operand = try input(inputs, position)
    guard operand.literal != nil else {
      throw EngineError(
        .unsupported, "input \(position): expected values that are part of the file, found computed ones")
    }
    return operand
  }
}
