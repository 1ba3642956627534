import VoxTensor

/// `Dropout` (ai.onnx, since opset 7) at inference: the input itself, without the output of a mask.
///
/// - Inputs: `data`; `ratio` and `training_mode`, optional and of no effect at inference.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Dropout.html>.
struct Dropout: Reshaping {
  static let name = "Dropout"
  static let since = 7
  static let arity = 1...3

  init(_ attributes: inout Attributes) throws(EngineError) {
    _ = try attributes.float("ratio", default: 0.5)
    _ = try attributes.integer("seed", default: 0)
  }

  func outputShape(_ inputs: [Fact?]) throws(EngineError) -> Shape {
    if inputs.count > 2, let mode = inputs[2], mode.literal?.integers?.allSatisfy({ $0 == 0 }) != true {
      throw EngineError(.unsupported, "expected inference, found training mode; export the network in evaluation mode")
    }
    return try fact(inputs, 0).shape
  }
}
