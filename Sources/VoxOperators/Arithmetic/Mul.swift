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

  static func pullback(
    _ dy: Operand, _ a: Operand, _ b: Operand, _ y: Operand, in plan: PlanBuilder
  ) throws(EngineError) -> (a: Operand?, b: Operand?) {
    (
      a.isVariable ? try combined(.multiply, dy, b, in: plan) : nil,
      b.isVariable ? try combined(.multiply, dy, a, in: plan) : nil
    )
  }
}
