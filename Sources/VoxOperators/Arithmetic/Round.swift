import VoxTensor

/// `Round` (ai.onnx, since opset 11): the nearest integer, halves to the even one; the derivative is 0.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Round.html>.
struct Round: Elementwise {
  static let name = "Round"
  static let since = 11

  let function = Eltwise.round

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
