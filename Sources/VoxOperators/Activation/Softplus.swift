import VoxTensor

/// `Softplus` (ai.onnx, since opset 1): `y = log(1 + exp(x))`.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Softplus.html>.
struct Softplus: Elementwise {
  static let name = "Softplus"
  static let since = 1

  let function = Eltwise.softplus

  init(_ attributes: inout Attributes) throws(EngineError) {}
}
