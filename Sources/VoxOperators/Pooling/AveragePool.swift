import VoxTensor

/// `AveragePool` (ai.onnx, since opset 7): the mean of the values under a window.
///
/// - Inputs: `x` [N, C, D1...Dk].
/// - Outputs: `y` [N, C, E1...Ek].
/// - VJP: each `dy` is shared by the elements of its window; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__AveragePool.html>.
struct AveragePool: Operator {
  static let name = "AveragePool"
  static let since = 7
  static let arity = 1...1

  private let window: SpatialWindow
  private let countsPadding: Bool
  private let roundsUp: Bool

  init(_ attributes: inout Attributes) throws(EngineError) {
    window = try SpatialWindow(&attributes)
    countsPadding = try attributes.integer("count_include_pad", default: 0) != 0
    roundsUp = try attributes.integer("ceil_mode", default: 0) != 0
    // What hangs over the padding would have to be told from the padding.
    guard !roundsUp || !countsPadding else {
      throw EngineError(
        .unsupported, "expected 0 where padding counts, found another value", at: .attribute("ceil_mode"))
    }
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    [try pooled(try fact(inputs, 0).shape, window: window, roundingUp: roundsUp).1]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    try lowered(
      countsPadding ? .averageIncludingPadding : .average, try input(inputs, 0), window: window, roundingUp: roundsUp,
      into: plan)
  }
}
