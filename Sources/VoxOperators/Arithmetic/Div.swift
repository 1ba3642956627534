import VoxTensor

/// `Div` (ai.onnx, since opset 7): `y = a / b` with broadcasting.
///
/// - VJP: `da = dy / b`, `db = -dy * y / b`, summed over repeated axes; the tape keeps `b`, and `y` where `b` is computed.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Div.html>.
struct Div: BroadcastBinary {
  static let name = "Div"
  static let since = 7
  static let function = Binary.divide
  static let isCommutative = false

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func followed(by next: Follower, _ inputs: [Fact?]) throws(EngineError) -> (any Operator)? {
    let divisor = try fact(inputs, 1).literal
    let factor = divisor.map { Literal($0.shape, floats: $0.floats.map { 1 / $0 }) }
    return FusedGelu.beginning(with: factor, next, inputs, at: 0)
  }

  static func pullback(
    _ dy: Operand, _ a: Operand, _ b: Operand, _ y: Operand, in plan: PlanBuilder
  ) throws(EngineError) -> (a: Operand?, b: Operand?) {
    let quotient = try combined(.divide, dy, b, in: plan)
    guard b.isVariable else { return (a.isVariable ? quotient : nil, nil) }
    let db = try negated(try combined(.multiply, quotient, y, in: plan), in: plan)
    return (a.isVariable ? quotient : nil, db)
  }
}
