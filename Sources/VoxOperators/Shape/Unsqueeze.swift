import VoxTensor

/// `Unsqueeze` (ai.onnx, since opset 1): inserts axes of extent 1; their list is an attribute before opset 13.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Unsqueeze.html>.
struct Unsqueeze: Reshaping {
  static let name = "Unsqueeze"
  static let since = 1
  static let arity = 1...2

  private let axes: [Int]?

  init(_ attributes: inout Attributes) throws(EngineError) { axes = try attributes.integers("axes") }

  func outputShape(_ inputs: [Fact?]) throws(EngineError) -> Shape {
    let x = try fact(inputs, 0).shape
    guard let listed = inputs.count > 1 && inputs[1] != nil ? try integers(inputs, 1) : axes else {
      throw EngineError(.malformed, "expected the axes to insert, found none", at: .attribute("axes"))
    }
    let rank = x.rank + listed.count
    let inserted = try resolved(axes: listed, rank: rank)
    var rest = x.extents[...]
    return Shape((0..<rank).map { inserted.contains($0) ? 1 : rest.removeFirst() })
  }
}
