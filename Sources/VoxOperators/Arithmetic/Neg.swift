import VoxTensor

/// `Neg` (ai.onnx, since opset 6): `y = -x`.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Neg.html>.
struct Neg: Elementwise {
  static let name = "Neg"
  static let since = 6

  let function = Eltwise.linear(factor: -1, offset: 0)

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func integers(_ x: Int64) throws(EngineError) -> Int64? { try .exact(Int64(0).subtractingReportingOverflow(x)) }
}
