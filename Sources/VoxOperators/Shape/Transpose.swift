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

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let literal = try fact(inputs, 0).literal else { return nil }
    let (axes, strides) = (try axes(literal.shape.rank), literal.shape.strides)
    return [literal.strided(Shape(axes.map { literal.shape[$0] }), strides: axes.map { strides[$0] })]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let axes = try axes(x.shape.rank)
    let y = try permuted(x, axes, in: plan)
    return Lowered([y]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil] }
      return [try permuted(dy, inverse(axes), in: plan)]
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }

  private func axes(_ rank: Int) throws(EngineError) -> [Int] {
    let axes = permutation ?? (0..<rank).reversed()
    guard axes.sorted() == Array(0..<rank) else {
      throw EngineError(.malformed, "expected a permutation of 0 to \(rank - 1), found \(axes)", at: .attribute("perm"))
    }
    return axes
  }
}

/// Emits a permutation: axis `i` of the result is axis `axes[i]` of `x`.
func permuted(_ x: Operand, _ axes: [Int], in plan: PlanBuilder) throws(EngineError) -> Operand {
  if axes == Array(axes.indices) { return x }
  let strides = x.shape.strides
  let shape = Shape(axes.map { x.shape[$0] })
  let view = try plan.dense(x).viewed(
    as: shape, layout: try Layout(dense: shape, strides: axes.map { strides[$0] }))
  return try plan.dense(view)
}

/// The permutation that undoes another.
func inverse(_ axes: [Int]) -> [Int] { axes.indices.sorted { axes[$0] < axes[$1] } }
