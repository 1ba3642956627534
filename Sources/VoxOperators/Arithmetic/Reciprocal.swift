import VoxTensor

/// `Reciprocal` (ai.onnx, since opset 6): `y = 1 / x`.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Reciprocal.html>.
struct Reciprocal: Elementwise {
  static let name = "Reciprocal"
  static let since = 6

  let function = Eltwise.reciprocal

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
