import VoxTensor

/// `ThresholdedRelu` (ai.onnx, since opset 10): `y = x` above `alpha`, 0 elsewhere.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__ThresholdedRelu.html>; arXiv:1402.3337.
struct ThresholdedRelu: Elementwise {
  static let name = "ThresholdedRelu"
  static let since = 10

  let function: Eltwise

  init(_ attributes: inout Attributes) throws(EngineError) {
    function = .thresholded(threshold: try attributes.float("alpha", default: 1))
  }
}
