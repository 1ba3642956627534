import VoxTensor

/// `Mul` (ai.onnx, since opset 7): `y = a * b` with broadcasting.
///
/// - VJP: `da = dy * b`, `db = dy * a`, summed over repeated axes; the tape keeps a factor whose partner is computed.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Mul.html>.
struct Mul: BroadcastBinary {
  static let name = "Mul"
  static let since = 7
  static let function = Binary.multiply
  static let isCommutative = true

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func followed(by next: Follower, _ inputs: [Fact?]) throws(EngineError) -> (any Operator)? {
    let (a, b) = (try fact(inputs, 0), try fact(inputs, 1))
    return FusedGelu.beginning(with: b.literal, next, inputs, at: 0)
      ?? FusedGelu.beginning(with: a.literal, next, inputs, at: 1)
  }

  static func pullback(
    _ dy: Operand, _ a: Operand, _ b: Operand, _ y: Operand, in plan: PlanBuilder
  ) throws(EngineError) -> (a: Operand?, b: Operand?) {
    (
      a.isVariable ? try combined(.multiply, dy, b, in: plan) : nil,
      b.isVariable ? try combined(.multiply, dy, a, in: plan) : nil
    )
  }
}
