import VoxTensor

/// `Squeeze` (ai.onnx, since opset 1): removes axes of extent 1; their list is an attribute before opset 13.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Squeeze.html>.
struct Squeeze: Reshaping {
  static let name = "Squeeze"
  static let since = 1
  static let arity = 1...2

  private let axes: [Int]?

  init(_ attributes: inout Attributes) throws(EngineError) { axes = try attributes.integers("axes") }

  func outputShape(_ inputs: [Fact?]) throws(EngineError) -> Shape {
    let x = try fact(inputs, 0).shape
    let listed = inputs.count > 1 && inputs[1] != nil ? try integers(inputs, 1) : axes
    let removed = try listed.map { axes throws(EngineError) in try resolved(axes: axes, rank: x.rank) }
    if let removed, let axis = removed.first(where: { x[$0] != 1 }) {
      throw EngineError(.malformed, "expected extent 1 at axis \(axis), found shape \(x)")
    }
    return Shape(x.extents.indices.filter { !(removed?.contains($0) ?? (x[$0] == 1)) }.map { x[$0] })
  }
}
