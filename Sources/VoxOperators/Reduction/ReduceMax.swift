import VoxTensor

/// `ReduceMax` (ai.onnx, since opset 1): the largest value along axes.
///
/// - VJP: `dy` at the first largest element, 0 elsewhere; the tape keeps its place.
/// - Source: <https://onnx.ai/onnx/operators/onnx__ReduceMax.html>.
struct ReduceMax: Reduction {
  static let name = "ReduceMax"
  static let since = 1

  let axes: ReducedAxes

  init(_ attributes: inout Attributes) throws(EngineError) { axes = try ReducedAxes(&attributes) }

  static func integers(_ values: [Int64]) throws(EngineError) -> Int64? {
    values.max()
  }

  func lower(
    _ x: Operand, to kept: Shape, axes: Set<Int>, into plan: PlanBuilder
  ) throws(EngineError) -> Lowered {
    try loweredMaximum(x, to: kept, axes: axes, into: plan)
  }
}
