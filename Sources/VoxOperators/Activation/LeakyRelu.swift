import VoxTensor

/// `LeakyRelu` (ai.onnx, since opset 6): `y = x` where positive, `alpha * x` elsewhere.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__LeakyRelu.html>.
struct LeakyRelu: Elementwise {
  static let name = "LeakyRelu"
  static let since = 6

  let function: Eltwise

  init(_ attributes: inout Attributes) throws(EngineError) {
    function = .relu(slope: try attributes.float("alpha", default: 0.01))
  }
}
