import VoxTensor

/// `Selu` (ai.onnx, since opset 6): `y = gamma * x` where positive, `gamma * alpha * (exp(x) - 1)` elsewhere.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Selu.html>; arXiv:1706.02515.
struct Selu: Elementwise {
  static let name = "Selu"
  static let since = 6

  let function: Eltwise

  init(_ attributes: inout Attributes) throws(EngineError) {
    function = .selu(
      alpha: try attributes.float("alpha", default: 1.6732632),
      gamma: try attributes.float("gamma", default: 1.0507010))
  }
}
