import VoxTensor

/// `Celu` (ai.onnx, since opset 12): `y = x` where positive, `alpha * (exp(x / alpha) - 1)` elsewhere.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Celu.html>; arXiv:1704.07483.
struct Celu: Elementwise {
  static let name = "Celu"
  static let since = 12

  let function: Eltwise

  init(_ attributes: inout Attributes) throws(EngineError) {
    let alpha = try attributes.float("alpha", default: 1)
    guard alpha != 0 else { throw EngineError(.malformed, "expected another value than 0", at: .attribute("alpha")) }
    function = .celu(alpha: alpha)
  }
}
