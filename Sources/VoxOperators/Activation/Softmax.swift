import VoxTensor

/// `Softmax` (ai.onnx, since opset 1): `y = exp(x) / sum(exp(x))` along an axis.
///
/// - Inputs, outputs: ``SoftmaxFunction``.
/// - VJP: `dx = y * (dy - sum(y * dy))`, the sum along the axis; the tape keeps `y`.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Softmax.html>.
struct Softmax: Operator {
  static let name = "Softmax"
  static let since = 1
  static let arity = 1...1

  private let function: SoftmaxFunction

  init(_ attributes: inout Attributes) throws(EngineError) {
    function = try SoftmaxFunction(&attributes, isLogarithmic: false)
  }

  /// Whether each row of the last axis becomes shares of its own.
  func isOverLastAxis(of x: Shape) -> Bool { function.isOverLastAxis(of: x) }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    [try function.outputShape(try fact(inputs, 0).shape)]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    try function.lower(try input(inputs, 0), into: plan)
  }
}
