import VoxTensor

/// `Identity` (ai.onnx, since opset 1): the input itself.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Identity.html>.
struct Identity: Reshaping {
  static let name = "Identity"
  static let since = 1
  static let arity = 1...1

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func outputShape(_ inputs: [Fact?]) throws(EngineError) -> Shape { try fact(inputs, 0).shape }
}
