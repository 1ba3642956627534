import VoxTensor

/// `Transpose` (ai.onnx, since opset 1): permutes the axes.
///
/// - Inputs: `x`, any shape.
/// - Outputs: `y`, whose axis `i` is axis `perm[i]` of `x`.
/// - VJP: the inverse permutation of `dy`; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Transpose.html>.
struct Transpose: Operator {
  static let name = "Transpose"
  static let since = 1
  static let arity = 1...1

  private let permutation: [Int]?

  init(_ attributes: inout Attributes) throws(EngineError) { permutation = try attributes.integers("perm") }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let x = try fact(inputs, 0).shape
    return [Shape(try axes(x.rank).map { x[$0] })]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let axes = try axes(x.shape.rank)
    let y = try permuted(x, axes, in: plan)
    return Lowered([y]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil] }
      return [try permuted(dy, axes.indices.sorted { axes[$0] < axes[$1] }, in: plan)]
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }

  private func permuted(_ x: Operand, _ axes: [Int], in plan: PlanBuilder) throws(EngineError) -> Operand {
    let strides = x.shape.strides
    let shape = Shape(axes.map { x.shape[$0] })
    let view = try plan.dense(x).viewed(
      as: shape, layout: try Layout(dense: shape, strides: axes.map { strides[$0] }))
    return try plan.dense(view)
  }

  private func axes(_ rank: Int) throws(EngineError) -> [Int] {
    let axes = permutation ?? (0..<rank).reversed()
    guard axes.sorted() == Array(0..<rank) else {
      throw EngineError(.malformed, "expected a permutation of 0 to \(rank - 1), found \(axes)", at: .attribute("perm"))
    }
    return axes
  }
}
