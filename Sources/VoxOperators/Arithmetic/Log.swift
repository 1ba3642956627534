import VoxTensor

/// `Log` (ai.onnx, since opset 6): natural logarithm.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Log.html>.
struct Log: Elementwise {
  static let name = "Log"
  static let since = 6

  let function = Eltwise.log

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
