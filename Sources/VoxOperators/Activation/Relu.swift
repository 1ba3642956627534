import VoxTensor

/// `Relu` (ai.onnx, since opset 6): `y = max(x, 0)`; the derivative at 0 is 0.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Relu.html>.
struct Relu: Elementwise {
  static let name = "Relu"
  static let since = 6

  let function = Eltwise.relu(slope: 0)

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
