import VoxTensor

/// `Greater` (ai.onnx, since opset 7): whether `a > b`.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Greater.html>.
struct Greater: Comparison {
  static let name = "Greater"
  static let since = 7

  init(_ attributes: inout Attributes) throws(EngineError) {}

  static func integers(_ a: Int64, _ b: Int64) -> Bool { a > b }
  static func floats(_ a: Float, _ b: Float) -> Bool { a > b }
}
