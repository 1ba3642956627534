import VoxTensor

/// `Sigmoid` (ai.onnx, since opset 6): `y = 1 / (1 + exp(-x))`.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Sigmoid.html>.
struct Sigmoid: Elementwise {
  static let name = "Sigmoid"
  static let since = 6

  let function = Eltwise.logistic

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
