import VoxTensor

/// `GlobalMaxPool` (ai.onnx, since opset 1): the largest value of each channel.
///
/// - VJP: `dy` at the first largest element, 0 elsewhere; the tape keeps its place.
/// - Source: <https://onnx.ai/onnx/operators/onnx__GlobalMaxPool.html>.
struct GlobalMaxPool: Reduction {
  static let name = "GlobalMaxPool"
  static let since = 1
  static let arity = 1...1
  static let isSpatial = true

  let axes = ReducedAxes.spatial

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func lower(
    _ x: Operand, to kept: Shape, axes: Set<Int>, into plan: PlanBuilder
  ) throws(EngineError) -> Lowered {
    try loweredMaximum(x, to: kept, axes: axes, into: plan)
  }
}
