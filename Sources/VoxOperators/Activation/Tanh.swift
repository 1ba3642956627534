import VoxTensor

/// `Tanh` (ai.onnx, since opset 6): hyperbolic tangent.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Tanh.html>.
struct Tanh: Elementwise {
  static let name = "Tanh"
  static let since = 6

  let function = Eltwise.tanh

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
