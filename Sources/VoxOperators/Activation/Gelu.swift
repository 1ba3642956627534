import VoxTensor

/// `Gelu` (ai.onnx, since opset 20): `y = x * P(X <= x)` for a normal variable `X`.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Gelu.html>; arXiv:1606.08415.
struct Gelu: Elementwise {
  static let name = "Gelu"
  static let since = 20

  let function: Eltwise

  init(_ attributes: inout Attributes) throws(EngineError) {
    let approximation = try attributes.string("approximate", default: "none")
    guard ["none", "tanh"].contains(approximation) else {
      throw EngineError(
        .malformed, "expected none or tanh, found \(approximation)", at: .attribute("approximate"))
    }
    function = .gelu(isApproximate: approximation == "tanh")
  }
}
