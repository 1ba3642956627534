import VoxTensor

/// `ReduceSum` (ai.onnx, since opset 1): the sum along axes.
///
/// - VJP: `dy` for each element; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__ReduceSum.html>.
struct ReduceSum: Reduction {
  static let name = "ReduceSum"
  static let since = 1

  let axes: ReducedAxes

  init(_ attributes: inout Attributes) throws(EngineError) { axes = try ReducedAxes(&attributes) }

  static func integers(_ values: [Int64]) throws(EngineError) -> Int64? {
    var sum: Int64 = 0
    for value in values { sum = try .exact(sum.addingReportingOverflow(value)) }
    return sum
  }

  func lower(
    _ x: Operand, to kept: Shape, axes: Set<Int>, into plan: PlanBuilder
  ) throws(EngineError) -> Lowered {
    try loweredSum(x, to: kept, factor: 1, into: plan)
  }
}
