import VoxTensor

/// `And` (ai.onnx, since opset 7): whether both are true.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__And.html>.
struct And: Comparison {
  static let name = "And"
  static let since = 7

  init(_ attributes: inout Attributes) throws(EngineError) {}

  static func integers(_ a: Int64, _ b: Int64) -> Bool { a != 0 && b != 0 }
  static func floats(_ a: Float, _ b: Float) -> Bool { a != 0 && b != 0 }
}
