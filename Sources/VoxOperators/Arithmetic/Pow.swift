import VoxTensor

/// `Pow` (ai.onnx, since opset 7): `y = x ^ exponent` with broadcasting.
///
/// - Inputs: `x`; `exponent`, shapes that broadcast.
/// - Outputs: the common shape.
/// - VJP: `dx = exponent * x ^ (exponent - 1) * dy`, `dexponent = y * log(x) * dy`, summed over repeated axes; the tape
///   keeps `x`, and `y` where the exponent is computed.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Pow.html>.
struct Pow: Operator {
  static let name = "Pow"
  static let since = 7
  static let arity = 2...2

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    [try Broadcast.shape(try fact(inputs, 0).shape, try fact(inputs, 1).shape)]
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let base = try fact(inputs, 0).literal, let exponent = try fact(inputs, 1).literal,
      base.integers != nil, exponent.integers != nil
    else { return nil }
    let (shape, values) = try folded(base, exponent, integers: power, floats: { _, _ in 0 })
    return [Literal(shape, integers: values)]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let (base, exponent) = (try input(inputs, 0), try input(inputs, 1))
    if let literal = exponent.literal, literal.shape.count == 1, exponent.shape.rank <= base.shape.rank {
      let single = try lowered(.power(exponent: literal.floats[0]), base, into: plan)
      return Lowered(single.outputs) { cotangents, plan throws(EngineError) in
        try single.pullback(cotangents, plan) + [nil]
      }
    }
    let shape = try Broadcast.shape(base.shape, exponent.shape)
    let (x, right) = try Broadcast.aligned(base, exponent, in: plan)
    let p = try Broadcast.repeated(right, to: x.shape, in: plan)
    let y = try applied(.power, x, p, in: plan)
    return Lowered([try plan.reshaped(y, to: shape)]) { cotangents, plan throws(EngineError) in
      guard let cotangent = cotangents[0] else { return [nil, nil] }
      let dy = try plan.reshaped(cotangent, to: x.shape)
      var results: [Operand?] = [nil, nil]
      if base.isVariable {
        let dx = try combined(.multiply, dy, try applied(.slope, x, p, in: plan), in: plan)
        results[0] = try Broadcast.reduced(dx, to: base.shape, in: plan)
      }
      if exponent.isVariable {
        let dp = try combined(.multiply, dy, try applied(.exponentSlope, x, y, in: plan), in: plan)
        results[1] = try Broadcast.reduced(dp, to: exponent.shape, in: plan)
      }
      return results
    }
  }

  private func applied(
    _ function: PowerFunction, _ a: Operand, _ b: Operand, in plan: PlanBuilder
  ) throws(EngineError) -> Operand {
    let layout = a.isVariable ? a.layout : b.layout
    return try plan.run(
      try Kernel(function, layout), reading: [(.source, a), (.secondSource, b)], writing: .destination)
  }

  private func power(_ base: Int64, _ exponent: Int64) throws(EngineError) -> Int64 {
    guard exponent >= 0 else { throw EngineError(.malformed, "an integer has a negative exponent \(exponent)") }
    if exponent == 0 || base == 1 { return 1 }
    if base == 0 { return 0 }
    if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
    var result: Int64 = 1
    // Any other base overflows long before the 64th step.
    for _ in 0..<min(exponent, 64) { result = try .exact(result.multipliedReportingOverflow(by: base)) }
    return result
  }
}
