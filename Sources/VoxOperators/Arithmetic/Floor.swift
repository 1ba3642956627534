import VoxTensor

/// `Floor` (ai.onnx, since opset 6): the next integer from `x` down; the derivative is 0.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Floor.html>.
struct Floor: Elementwise {
  static let name = "Floor"
  static let since = 6

  let function = Eltwise.floor

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func integers(_ x: Int64) throws(EngineError) -> Int64? { x }
}
