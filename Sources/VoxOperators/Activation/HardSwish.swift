import VoxTensor

/// `HardSwish` (ai.onnx, since opset 14): `y = x * (x / 6 + 1 / 2)`, the factor between 0 and 1.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__HardSwish.html>; arXiv:1905.02244.
struct HardSwish: Elementwise {
  static let name = "HardSwish"
  static let since = 14

  let function = Eltwise.hardSwish

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
