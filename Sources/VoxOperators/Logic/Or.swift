import VoxTensor

/// `Or` (ai.onnx, since opset 7): whether one or both are true.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Or.html>.
struct Or: Comparison {
  static let name = "Or"
  static let since = 7

  init(_ attributes: inout Attributes) throws(EngineError) {}

  static func integers(_ a: Int64, _ b: Int64) -> Bool { a != 0 || b != 0 }
  static func floats(_ a: Float, _ b: Float) -> Bool { a != 0 || b != 0 }
}
