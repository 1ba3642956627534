import VoxTensor

/// `Abs` (ai.onnx, since opset 6): `y = |x|`; the derivative at 0 is 0.
///
/// - Source: <https://onnx.ai/onnx/operators/onnx__Abs.html>.
struct Abs: Elementwise {
  static let name = "Abs"
  static let since = 6

  let function = Eltwise.abs

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func integers(_ x: Int64) throws(EngineError) -> Int64? {
    try .exact((x < 0 ? 0 : x).subtractingReportingOverflow(x < 0 ? x : 0))
  }
}
