import VoxTensor

/// `Sub` (ai.onnx, since opset 7): `y = a - b` with broadcasting.
///
/// - VJP: `da = dy`, `db = -dy`, summed over repeated axes; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Sub.html>.
struct Sub: BroadcastBinary {
  static let name = "Sub"
  static let since = 7
  static let function = Binary.subtract
  static let isCommutative = false

  init(_ attributes: inout Attributes) throws(EngineError) {}

  static func pullback(
    _ dy: Operand, _ a: Operand, _ b: Operand, _ y: Operand, in plan: PlanBuilder
  ) throws(EngineError) -> (a: Operand?, b: Operand?) {
    (a.isVariable ? dy : nil, b.isVariable ? try negated(dy, in: plan) : nil)
  }
}

/// Emits `-x`.
func negated(_ x: Operand, in plan: PlanBuilder) throws(EngineError) -> Operand {
  let kernel = try Kernel(.linear(factor: -1, offset: 0), x.layout)
  return try plan.run(kernel, reading: [(.source, x)], writing: .destination)
}
