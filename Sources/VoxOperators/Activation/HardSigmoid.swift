import VoxTensor

/// `HardSigmoid` (ai.onnx, since opset 6): `y = alpha * x + beta` between 0 and 1.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__HardSigmoid.html>.
struct HardSigmoid: Elementwise {
  static let name = "HardSigmoid"
  static let since = 6

  let function: Eltwise

  init(_ attributes: inout Attributes) throws(EngineError) {
    function = .hardSigmoid(
      factor: try attributes.float("alpha", default: 0.2), offset: try attributes.float("beta", default: 0.5))
  }
}
