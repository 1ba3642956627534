import VoxTensor

/// `Gemm` (ai.onnx, since opset 7): `y = alpha * a * b + beta * c`, either matrix transposed where wanted.
///
/// - Inputs: `a` [M, K] or, with `transA`, [K, M]; `b` [K, N] or, with `transB`, [N, K]; `c`, optional, broadcasts to
///   [M, N].
/// - Outputs: `y` [M, N].
/// - VJP: `da = alpha * dy b'`, `db = alpha * a' dy`, `dc = beta * dy` summed over repeated axes; the tape keeps a
///   factor whose partner is computed.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Gemm.html>.
struct Gemm: Operator {
  static let name = "Gemm"
  static let since = 7
  static let arity = 2...3

  private let alpha: Float
  private let beta: Float
  private let transposesA: Bool
  private let transposesB: Bool

  init(_ attributes: inout Attributes) throws(EngineError) {
    alpha = try attributes.float("alpha", default: 1)
    beta = try attributes.float("beta", default: 1)
    transposesA = try attributes.integer("transA", default: 0) != 0
    transposesB = try attributes.integer("transB", default: 0) != 0
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    var (a, b) = (try fact(inputs, 0).shape, try fact(inputs, 1).shape)
    guard a.rank == 2, b.rank == 2 else {
      throw EngineError(.malformed, "expected two matrices, found shapes \(a) and \(b)")
    }
    if transposesA { a.extents.swapAt(0, 1) }
    if transposesB { b.extents.swapAt(0, 1) }
    guard a[1] == b[0] else { throw EngineError(.malformed, "matrices of shapes \(a) and \(b) do not fit") }
    let shape: Shape = [a[0], b[1]]
    if let c = optional(inputs, 2), try Broadcast.shape(shape, c.shape) != shape {
      throw EngineError(.malformed, "expected a summand that broadcasts to \(shape), found shape \(c.shape)")
    }
    return [shape]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let (a, b) = (try input(inputs, 0), try input(inputs, 1))
    let c = optional(inputs, 2)
    let product = Product(
      a: transposesA ? try transposed(a, in: plan) : a, b: transposesB ? try transposed(b, in: plan) : b)
    var y = try scaled(try product.lower(into: plan), alpha, in: plan)
    if let c {
      let summand = try scaled(try plan.reshaped(c, to: Broadcast.padded(c.shape, rank: 2)), beta, in: plan)
      y = try combined(.add, y, summand, in: plan)
    }
    return Lowered([y]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [Operand?](repeating: nil, count: inputs.count) }
      let (da, db) = try product.pullback(try scaled(dy, alpha, in: plan), in: plan)
      var results: [Operand?] = [
        try da.map { value throws(EngineError) in transposesA ? try transposed(value, in: plan) : value },
        try db.map { value throws(EngineError) in transposesB ? try transposed(value, in: plan) : value },
      ]
      if inputs.count > 2 {
        results.append(
          try c.flatMap { c throws(EngineError) in
            c.isVariable ? try Broadcast.reduced(try scaled(dy, beta, in: plan), to: c.shape, in: plan) : nil
          })
      }
      return results
    }
  }

  /// Two operations per multiply-add.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double {
    guard let a = inputs.first ?? nil, a.rank == 2 else { return 0 }
    return 2 * Double(a[transposesA ? 0 : 1]) * outputs.reduce(0) { $0 + Double($1.count) }
  }
}

/// Emits a product with a number.
func scaled(_ x: Operand, _ factor: Float, in plan: PlanBuilder) throws(EngineError) -> Operand {
  if factor == 1 { return x }
  let kernel = try Kernel(.linear(factor: factor, offset: 0), x.layout)
  return try plan.run(kernel, reading: [(.source, x)], writing: .destination)
}
