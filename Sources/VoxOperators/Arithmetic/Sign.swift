import VoxTensor

/// `Sign` (ai.onnx, since opset 9): -1, 0 or 1; the derivative is 0.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Sign.html>.
struct Sign: Elementwise {
  static let name = "Sign"
  static let since = 9

  let function = Eltwise.sign

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func integers(_ x: Int64) throws(EngineError) -> Int64? { x.signum() }
}
