import VoxTensor

/// `ReduceMin` (ai.onnx, since opset 1): the smallest value along axes.
///
/// - VJP: `dy` at the first smallest element, 0 elsewhere; the tape keeps its place.
/// - Source: <https://onnx.ai/onnx/operators/onnx__ReduceMin.html>.
struct ReduceMin: Reduction {
  static let name = "ReduceMin"
  static let since = 1

  let axes: ReducedAxes

  init(_ attributes: inout Attributes) throws(EngineError) { axes = try ReducedAxes(&attributes) }

  static func integers(_ values: [Int64]) throws(EngineError) -> Int64? {
    values.min()
  }

  func lower(
    _ x: Operand, to kept: Shape, axes: Set<Int>, into plan: PlanBuilder
  ) throws(EngineError) -> Lowered {
    let lowered = try loweredMaximum(try negated(x, in: plan), to: kept, axes: axes, into: plan)
    return Lowered([try negated(lowered.outputs[0], in: plan)], pullback: lowered.pullback)
  }
}
