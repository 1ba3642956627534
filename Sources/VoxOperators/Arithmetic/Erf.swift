import VoxTensor

/// `Erf` (ai.onnx, since opset 9): the error function.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Erf.html>.
struct Erf: Elementwise {
  static let name = "Erf"
  static let since = 9

  let function = Eltwise.erf

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
