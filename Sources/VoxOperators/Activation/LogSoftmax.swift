import VoxTensor

/// `LogSoftmax` (ai.onnx, since opset 1): `y = x - log(sum(exp(x)))` along an axis.
///
/// - Inputs, outputs: ``SoftmaxFunction``.
/// - VJP: `dx = dy - exp(y) * sum(dy)`, the sum along the axis; the tape keeps `y`.
/// - Source: <https://onnx.ai/onnx/operators/onnx__LogSoftmax.html>.
struct LogSoftmax: Operator {
  static let name = "LogSoftmax"
  static let since = 1
  static let arity = 1...1

  private let function: SoftmaxFunction

  init(_ attributes: inout Attributes) throws(EngineError) {
    function = try SoftmaxFunction(&attributes, isLogarithmic: true)
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    [try function.outputShape(try fact(inputs, 0).shape)]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    try function.lower(try input(inputs, 0), into: plan)
  }
}
