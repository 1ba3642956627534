import VoxTensor

/// `Softsign` (ai.onnx, since opset 1): `y = x / (1 + |x|)`.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Softsign.html>.
struct Softsign: Elementwise {
  static let name = "Softsign"
  static let since = 1

  let function = Eltwise.softsign

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
