import VoxTensor

/// `PRelu` (ai.onnx, since opset 7): `y = x` where positive, `slope * x` elsewhere.
///
/// - Inputs: `x`; `slope`, a literal that broadcasts to the shape of `x`, e.g. [C, 1, 1, 1].
/// - Outputs: `y`, the shape of `x`.
/// - VJP: `dx = dy` where `x` is positive, `slope * dy` elsewhere; the tape keeps `x`.
/// - Source: <https://onnx.ai/onnx/operators/onnx__PRelu.html>; arXiv:1502.01852.
struct PRelu: Operator {
  static let name = "PRelu"
  static let since = 7
  static let arity = 2...2

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let (x, slope) = (try fact(inputs, 0), try fact(inputs, 1))
    guard try Broadcast.shape(x.shape, slope.shape) == x.shape else {
      throw EngineError(.malformed, "expected a slope that broadcasts to \(x.shape), found shape \(slope.shape)")
    }
    return [x.shape]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let (x, slope) = (try input(inputs, 0), try input(inputs, 1))
    guard let literal = slope.literal else {
      throw EngineError(.unsupported, "expected a slope that is part of the file, found a computed one")
    }
    if literal.shape.count == 1 {
      let single = try lowered(.relu(slope: literal.floats[0]), x, into: plan)
      return Lowered(single.outputs) { cotangents, plan throws(EngineError) in
        try single.pullback(cotangents, plan) + [nil]
      }
    }
    let slopes = try plan.reshaped(slope, to: Broadcast.padded(slope.shape, rank: x.shape.rank))
    let y = try plan.run(
      try Kernel(prelu: x.layout, slopes: slopes.layout), reading: [(.source, x), (.weights, slopes)],
      writing: .destination)
    return Lowered([y]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil, nil] }
      let results = try plan.run(
        try Kernel(vjpOfPRelu: x.layout, slopes: slopes.layout),
        reading: [(.source, x), (.weights, slopes), (.destinationCotangent, dy)],
        writing: [.sourceCotangent, .weightsCotangent])
      return [results[0], nil]
    }
  }
}
