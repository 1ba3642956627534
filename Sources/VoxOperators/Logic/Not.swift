import VoxTensor

/// `Not` (ai.onnx, since opset 1): 1 where the input is 0, else 0.
///
/// - Inputs: `x`, known at load.
/// - Outputs: `y`, the shape of `x`.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Not.html>.
struct Not: ForwardOnly {
  static let name = "Not"
  static let since = 1
  static let arity = 1...1

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func folded(_ inputs: [Literal?]) throws(EngineError) -> [Literal] {
    let x = try literal(inputs, 0)
    return [Literal(x.shape, booleans: x.booleans.map { !$0 })]
  }
}
