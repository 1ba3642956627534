import VoxTensor

/// `GreaterOrEqual` (ai.onnx, since opset 12): whether `a >= b`.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__GreaterOrEqual.html>.
struct GreaterOrEqual: Comparison {
  static let name = "GreaterOrEqual"
  static let since = 12

  init(_ attributes: inout Attributes) throws(EngineError) {}

  static func integers(_ a: Int64, _ b: Int64) -> Bool { a >= b }
  static func floats(_ a: Float, _ b: Float) -> Bool { a >= b }
}
