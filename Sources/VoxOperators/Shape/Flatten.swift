import VoxTensor

/// `Flatten` (ai.onnx, since opset 1): the axes before `axis` as one, those from it on as another.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Flatten.html>.
struct Flatten: Reshaping {
  static let name = "Flatten"
  static let since = 1
  static let arity = 1...1

  private let axis: Int

  init(_ attributes: inout Attributes) throws(EngineError) {
    axis = try attributes.integer("axis", default: 1)
  }

  func outputShape(_ inputs: [Fact?]) throws(EngineError) -> Shape {
    let x = try fact(inputs, 0).shape
    // The axis may be one past the last.
    let split = axis < 0 ? axis + x.rank : axis
    guard (0...x.rank).contains(split) else {
      throw EngineError(
        .malformed, "expected an axis from \(-x.rank) to \(x.rank), found \(axis)", at: .attribute("axis"))
    }
    return [x.extents[..<split].reduce(1, *), x.extents[split...].reduce(1, *)]
  }
}
