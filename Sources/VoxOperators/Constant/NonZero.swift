import VoxTensor

/// `NonZero` (ai.onnx, since opset 9): the indices of the elements that are not 0.
///
/// - Inputs: `x`, known at load.
/// - Outputs: [rank of `x`, number of such elements], in C order.
/// - Source: <https://onnx.ai/onnx/operators/onnx__NonZero.html>.
struct NonZero: ForwardOnly {
  static let name = "NonZero"
  static let since = 9
  static let arity = 1...1

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func folded(_ inputs: [Literal?]) throws(EngineError) -> [Literal] {
    let x = try literal(inputs, 0)
    let booleans = x.booleans
    let positions = booleans.indices.filter { booleans[$0] }
    let shape: Shape = [x.shape.rank, positions.count]
    try Literal.expectComputable(shape)
    var indices: [Int64] = []
    for (stride, extent) in zip(x.shape.strides, x.shape.extents) {
      for position in positions { indices.append(Int64(position / stride % extent)) }
    }
    return [Literal(shape, integers: indices)]
  }
}
