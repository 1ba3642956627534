import VoxTensor

/// `ReduceMean` (ai.onnx, since opset 1): the mean along axes.
///
/// - VJP: `dy / n` for each of `n` elements; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__ReduceMean.html>.
struct ReduceMean: Reduction {
  static let name = "ReduceMean"
  static let since = 1

  let axes: ReducedAxes

  init(_ attributes: inout Attributes) throws(EngineError) { axes = try ReducedAxes(&attributes) }

  func lower(
    _ x: Operand, to kept: Shape, axes: Set<Int>, into plan: PlanBuilder
  ) throws(EngineError) -> Lowered {
    try loweredSum(x, to: kept, factor: Float(kept.count) / Float(x.shape.count), into: plan)
  }
}
