import VoxTensor

/// `GlobalAveragePool` (ai.onnx, since opset 1): the mean of each channel.
///
/// - VJP: `dy / n` for each of `n` elements; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html>.
struct GlobalAveragePool: Reduction {
  static let name = "GlobalAveragePool"
  static let since = 1
  static let arity = 1...1
  static let isSpatial = true

  let axes = ReducedAxes.spatial

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func lower(
    _ x: Operand, to kept: Shape, axes: Set<Int>, into plan: PlanBuilder
  ) throws(EngineError) -> Lowered {
    try loweredSum(x, to: kept, factor: Float(kept.count) / Float(x.shape.count), into: plan)
  }
}
