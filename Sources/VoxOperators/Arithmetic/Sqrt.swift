import VoxTensor

/// `Sqrt` (ai.onnx, since opset 6): `y = sqrt(x)`.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Sqrt.html>.
struct Sqrt: Elementwise {
  static let name = "Sqrt"
  static let since = 6

  let function = Eltwise.squareRoot

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
