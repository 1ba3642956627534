import VoxTensor

/// `Exp` (ai.onnx, since opset 6): `y = exp(x)`.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Exp.html>.
struct Exp: Elementwise {
  static let name = "Exp"
  static let since = 6

  let function = Eltwise.exp

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
