import VoxTensor

/// `Add` (ai.onnx, since opset 7): `y = a + b` with broadcasting.
///
/// - VJP: `da = db = dy`, summed over repeated axes; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Add.html>.
struct Add: BroadcastBinary {
  static let name = "Add"
  static let since = 7
  static let function = Binary.add
  static let isCommutative = true
  static let passesCotangent = true

  init(_ attributes: inout Attributes) throws(EngineError) {}

  static func pullback(
    _ dy: Operand, _ a: Operand, _ b: Operand, _ y: Operand, in plan: PlanBuilder
  ) throws(EngineError) -> (a: Operand?, b: Operand?) {
    (a.isVariable ? dy : nil, b.isVariable ? dy : nil)
  }
}
