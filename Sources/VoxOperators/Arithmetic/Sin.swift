import VoxTensor

/// `Sin` (ai.onnx, since opset 7): sine.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Sin.html>.
struct Sin: Elementwise {
  static let name = "Sin"
  static let since = 7

  let function = Eltwise.sin

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
