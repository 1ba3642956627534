import VoxTensor

/// `Cos` (ai.onnx, since opset 7): cosine.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Cos.html>.
struct Cos: Elementwise {
  static let name = "Cos"
  static let since = 7

  let function = Eltwise.cos

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
