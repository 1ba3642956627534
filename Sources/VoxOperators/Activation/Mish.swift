import VoxTensor

/// `Mish` (ai.onnx, since opset 18): `y = x * tanh(log(1 + exp(x)))`.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Mish.html>; arXiv:1908.08681.
struct Mish: Elementwise {
  static let name = "Mish"
  static let since = 18

  let function = Eltwise.mish

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
