import VoxTensor

/// `ReduceProd` (ai.onnx, since opset 1): the product along axes, of integers known at load.
///
/// - Inputs, outputs: ``Reduction``.
/// - Source: <https://onnx.ai/onnx/operators/onnx__ReduceProd.html>.
struct ReduceProd: Reduction {
  static let name = "ReduceProd"
  static let since = 1

  let axes: ReducedAxes

  init(_ attributes: inout Attributes) throws(EngineError) { axes = try ReducedAxes(&attributes) }

  static func integers(_ values: [Int64]) throws(EngineError) -> Int64? {
    var product: Int64 = 1
    for value in values { product = try .exact(product.multipliedReportingOverflow(by: value)) }
    return product
  }

  func lower(
    _ x: Operand, to kept: Shape, axes: Set<Int>, into plan: PlanBuilder
  ) throws(EngineError) -> Lowered {
    throw EngineError(.unsupported, "expected integers that are known at load, found floats")
  }
}
