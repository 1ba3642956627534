import VoxTensor

/// `Min` (ai.onnx, since opset 8): the smallest of its inputs, element by element, with broadcasting.
///
/// - VJP: `dy` goes to the smallest input, the first of equal ones, summed over repeated axes; the tape keeps
///   the inputs.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Min.html>.
struct Min: VariadicOperator {
  static let name = "Min"
  static let since = 8
  static let function = Binary.minimum

  init(_ attributes: inout Attributes) throws(EngineError) {}

  static func pullback(
    _ dy: Operand, _ a: Operand, _ b: Operand, in plan: PlanBuilder
  ) throws(EngineError) -> (a: Operand?, b: Operand?) {
    try chosen(.atMost, dy, a, b, in: plan)
  }
}
