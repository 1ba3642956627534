import VoxTensor

/// `Sum` (ai.onnx, since opset 8): the sum of its inputs with broadcasting.
///
/// - VJP: `dy` for each input, summed over repeated axes; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Sum.html>.
struct Sum: VariadicOperator {
  static let name = "Sum"
  static let since = 8
  static let function = Binary.add

  init(_ attributes: inout Attributes) throws(EngineError) {}

  static func pullback(
    _ dy: Operand, _ a: Operand, _ b: Operand, in plan: PlanBuilder
  ) throws(EngineError) -> (a: Operand?, b: Operand?) {
    (a.isVariable ? dy : nil, b.isVariable ? dy : nil)
  }
}
