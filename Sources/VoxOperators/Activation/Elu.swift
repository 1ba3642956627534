import VoxTensor

/// `Elu` (ai.onnx, since opset 6): `y = x` where positive, `alpha * (exp(x) - 1)` elsewhere.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Elu.html>; arXiv:1511.07289.
struct Elu: Elementwise {
  static let name = "Elu"
  static let since = 6

  let function: Eltwise

  init(_ attributes: inout Attributes) throws(EngineError) {
    function = .elu(alpha: try attributes.float("alpha", default: 1))
  }
}
