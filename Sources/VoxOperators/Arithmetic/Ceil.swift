import VoxTensor

/// `Ceil` (ai.onnx, since opset 6): the next integer from `x` up; the derivative is 0.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Ceil.html>.
struct Ceil: Elementwise {
  static let name = "Ceil"
  static let since = 6

  let function = Eltwise.ceil

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func integers(_ x: Int64) throws(EngineError) -> Int64? { x }
}
