import VoxTensor

/// `MaxPool` (ai.onnx, since opset 1): the largest value under a window, without the output of indices.
///
/// - Inputs: `x` [N, C, D1...Dk].
/// - Outputs: `y` [N, C, E1...Ek].
/// - VJP: each `dy` goes to the place of its maximum; the tape keeps those places.
/// - Source: <https://onnx.ai/onnx/operators/onnx__MaxPool.html>.
struct MaxPool: Operator {
  static let name = "MaxPool"
  static let since = 1
  static let arity = 1...1

  private let window: SpatialWindow
  private let roundsUp: Bool

  init(_ attributes: inout Attributes) throws(EngineError) {
    window = try SpatialWindow(&attributes)
    roundsUp = try attributes.integer("ceil_mode", default: 0) != 0
    // The storage order concerns the indices only, which are no output here.
    _ = try attributes.integer("storage_order", default: 0)
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    [try pooled(try fact(inputs, 0).shape, window: window, roundingUp: roundsUp).1]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    try lowered(.maximum, try input(inputs, 0), window: window, roundingUp: roundsUp, into: plan)
  }
}
