import VoxTensor

/// `Max` (ai.onnx, since opset 8): the largest of its inputs, element by element, with broadcasting.
///
/// - VJP: `dy` goes to the largest input, the first of equal ones, summed over repeated axes; the tape keeps
///   the inputs.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Max.html>.
struct Max: VariadicOperator {
  static let name = "Max"
  static let since = 8
  static let function = Binary.maximum

  init(_ attributes: inout Attributes) throws(EngineError) {}

  static func pullback(
    _ dy: Operand, _ a: Operand, _ b: Operand, in plan: PlanBuilder
  ) throws(EngineError) -> (a: Operand?, b: Operand?) {
    try chosen(.atLeast, dy, a, b, in: plan)
  }
}
