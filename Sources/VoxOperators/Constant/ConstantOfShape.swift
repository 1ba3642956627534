import VoxTensor

/// `ConstantOfShape` (ai.onnx, since opset 9): one value repeated over a given shape.
///
/// - Inputs: `shape`, integers known at load.
/// - Outputs: that shape, of the type of `value`; zeros of floats where it is left out.
/// - Source: <https://onnx.ai/onnx/operators/onnx__ConstantOfShape.html>.
struct ConstantOfShape: ForwardOnly {
  static let name = "ConstantOfShape"
  static let since = 9
  static let arity = 1...1

  private let value: Literal

  init(_ attributes: inout Attributes) throws(EngineError) {
    value = try attributes.tensor("value") ?? Literal([], floats: [0])
    guard value.shape.count == 1 else {
      throw EngineError(.malformed, "expected one element, found shape \(value.shape)", at: .attribute("value"))
    }
  }

  func folded(_ inputs: [Literal?]) throws(EngineError) -> [Literal] {
    guard let extents = try literal(inputs, 0).integers else {
      throw EngineError(.malformed, "input 0: expected integers, found floats")
    }
    let shape = Shape(extents)
    try Literal.expectComputable(shape)
    return [value.reshaped([]).broadcast(to: shape)]
  }
}
