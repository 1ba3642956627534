import VoxTensor

/// `Mod` (ai.onnx, since opset 10): the remainder, with the sign of the divisor, or with `fmod` of the dividend.
///
/// - Inputs: `a`, `b`, known at load, shapes that broadcast.
/// - Outputs: the common shape.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Mod.html>.
struct Mod: ForwardOnly {
  static let name = "Mod"
  static let since = 10
  static let arity = 2...2

  private let followsDividend: Bool

  init(_ attributes: inout Attributes) throws(EngineError) {
    followsDividend = try attributes.integer("fmod", default: 0) != 0
  }

  func folded(_ inputs: [Literal?]) throws(EngineError) -> [Literal] {
    let (a, b) = (try literal(inputs, 0), try literal(inputs, 1))
    if a.integers != nil, b.integers != nil {
      let (shape, values) = try VoxOperators.folded(a, b, integers: remainder, floats: { _, _ in 0 })
      return [Literal(shape, integers: values)]
    }
    let (shape, values) = try VoxOperators.folded(a, b, integers: { _, _ in 0 }, floats: remainder)
    return [Literal(shape, floats: values)]
  }

  private func remainder(_ a: Int64, _ b: Int64) throws(EngineError) -> Int64 {
    guard b != 0 else { throw EngineError(.malformed, "an integer is divided by 0") }
    let (remainder, _) = a.remainderReportingOverflow(dividingBy: b)
    return followsDividend || remainder == 0 || (remainder < 0) == (b < 0) ? remainder : remainder + b
  }

  private func remainder(_ a: Float, _ b: Float) -> Float {
    let remainder = a.truncatingRemainder(dividingBy: b)
    if followsDividend || remainder.isNaN { return remainder }
    // A remainder of 0 has the divisor's sign too.
    if remainder == 0 { return Float(signOf: b, magnitudeOf: 0) }
    return (remainder < 0) == (b < 0) ? remainder : remainder + b
  }
}
