import VoxTensor

/// `MatMul` (ai.onnx, since opset 1): the product of matrices, as NumPy's `matmul`.
///
/// - Inputs: `a` [..., M, K]; `b` [..., K, N]; leading axes broadcast. A tensor of one axis is a row on the left and a
///   column on the right.
/// - Outputs: `y` [..., M, N], without the axes that were put in.
/// - VJP: `da = dy b'`, `db = a' dy`, summed over repeated axes; the tape keeps a factor whose partner is computed.
/// - Source: <https://onnx.ai/onnx/operators/onnx__MatMul.html>.
struct MatMul: Operator {
  static let name = "MatMul"
  static let since = 1
  static let arity = 2...2

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    [try Problem(try fact(inputs, 0).shape, try fact(inputs, 1).shape).result]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let (a, b) = (try input(inputs, 0), try input(inputs, 1))
    let problem = try Problem(a.shape, b.shape)
    let left = try batched(a, problem.left, problem, in: plan)
    let right = try batched(b, problem.right, problem, in: plan)
    let product = Product(a: left, b: right)
    let y = try product.lower(into: plan)
    return Lowered([try plan.reshaped(y, to: problem.result)]) { cotangents, plan throws(EngineError) in
      guard let cotangent = cotangents[0] else { return [nil, nil] }
      let (da, db) = try product.pullback(try plan.reshaped(cotangent, to: y.shape), in: plan)
      return [
        try da.map { value throws(EngineError) in try reduced(value, problem.left, problem, to: a.shape, in: plan) },
        try db.map { value throws(EngineError) in try reduced(value, problem.right, problem, to: b.shape, in: plan) },
      ]
    }
  }

  func merged(with line: [Follower], _ inputs: [Fact?]) throws(EngineError) -> Merger? {
    if let attention = try FusedAttention.beginning(with: self, line, inputs) { return attention }
    return FusedPerceptron.beginning(with: self, line, inputs)
  }

  /// Two operations per multiply-add.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double {
    guard let a = inputs.first ?? nil, let inner = a.extents.last else { return 0 }
    return 2 * Double(inner) * outputs.reduce(0) { $0 + Double($1.count) }
  }

  /// A factor as [B, M, K], repeated where the other one has more matrices; as [B * M, K] where one matrix serves all.
  private func batched(
    _ x: Operand, _ shape: Shape, _ problem: Problem, in plan: PlanBuilder
  ) throws(EngineError) -> Operand {
    let matrix = Array(shape.extents.suffix(2))
    let whole = problem.isShared(shape) ? shape : Shape(problem.batch + matrix)
    let repeated = try Broadcast.repeated(try plan.reshaped(x, to: shape), to: whole, in: plan)
    let count = whole.extents.dropLast(2).reduce(1, *)
    return try plan.reshaped(
      repeated, to: problem.sharesRight ? [count * matrix[0], matrix[1]] : Shape([count] + matrix))
  }

  private func reduced(
    _ dx: Operand, _ shape: Shape, _ problem: Problem, to original: Shape, in plan: PlanBuilder
  ) throws(EngineError) -> Operand {
    let whole = problem.isShared(shape) ? shape : Shape(problem.batch + shape.extents.suffix(2))
    let sum = try Broadcast.reduced(try plan.reshaped(dx, to: whole), to: shape, in: plan)
    return try plan.reshaped(sum, to: original)
  }

  /// Shapes of both factors with equal ranks from 2, and of the result.
  private struct Problem {
    let left: Shape
    let right: Shape
    let batch: [Int]
    let result: Shape

    init(_ a: Shape, _ b: Shape) throws(EngineError) {
      guard a.rank > 0, b.rank > 0 else {
        throw EngineError(.malformed, "expected factors of one axis or more, found shapes \(a) and \(b)")
      }
      let row = a.rank == 1 ? Shape([1] + a.extents) : a
      let column = b.rank == 1 ? Shape(b.extents + [1]) : b
      let rank = max(row.rank, column.rank)
      (left, right) = (Broadcast.padded(row, rank: rank), Broadcast.padded(column, rank: rank))
      guard left[rank - 1] == right[rank - 2] else {
        throw EngineError(.malformed, "factors of shapes \(a) and \(b) do not fit")
      }
      batch = try Broadcast.shape(Shape(left.extents.dropLast(2)), Shape(right.extents.dropLast(2))).extents
      result = Shape(
        batch + (a.rank == 1 ? [] : [left[rank - 2]]) + (b.rank == 1 ? [] : [right[rank - 1]]))
    }

    /// Whether one matrix on the right serves all on the left.
    var sharesRight: Bool { right.extents.dropLast(2).allSatisfy { $0 == 1 } }

    /// Whether a factor of this shape is that matrix.
    func isShared(_ shape: Shape) -> Bool {
      sharesRight && shape == right && batch.contains { $0 != 1 } && shape != left
    }
  }
}
