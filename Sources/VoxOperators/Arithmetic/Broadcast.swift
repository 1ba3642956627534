import VoxTensor

/// NumPy's broadcasting: shapes are aligned at their last axes, extents 1 are repeated.
///
/// - Source: <https://github.com/onnx/onnx/blob/main/docs/Broadcasting.md>.
enum Broadcast {
  /// The shape with leading axes of extent 1 up to a rank.
  static func padded(_ shape: Shape, rank: Int) -> Shape {
    Shape([Int](repeating: 1, count: max(0, rank - shape.rank)) + shape.extents)
  }

  /// The common shape of two.
  static func shape(_ a: Shape, _ b: Shape) throws(EngineError) -> Shape {
    let rank = max(a.rank, b.rank)
    let (left, right) = (padded(a, rank: rank), padded(b, rank: rank))
    var out = left
    for axis in 0..<rank where left[axis] != right[axis] {
      guard left[axis] == 1 || right[axis] == 1 else {
        throw EngineError(.malformed, "shapes \(a) and \(b) do not broadcast: axis \(axis) of the common rank differs")
      }
      out[axis] = max(left[axis], right[axis])
    }
    return out
  }

  /// Two operands with equal ranks, the first of the full shape.
  static func aligned(
    _ a: Operand, _ b: Operand, in plan: PlanBuilder
  ) throws(EngineError) -> (Operand, Operand) {
    let full = try shape(a.shape, b.shape)
    // The kernels have no tensors without axes.
    let rank = max(full.rank, 1)
    let left = try plan.reshaped(a, to: padded(a.shape, rank: rank))
    let right = try plan.reshaped(b, to: padded(b.shape, rank: rank))
    return (try repeated(left, to: padded(full, rank: rank), in: plan), right)
  }

  /// An operand repeated along its axes of extent 1.
  private static func repeated(
    _ operand: Operand, to shape: Shape, in plan: PlanBuilder
  ) throws(EngineError) -> Operand {
    if operand.shape == shape { return operand }
    let zeros = try plan.constant(Literal(shape, floats: [Float](repeating: 0, count: shape.count)))
    let kernel = try Kernel(.add, zeros.layout, operand.layout)
    return try plan.run(kernel, reading: [(.source, zeros), (.secondSource, operand)], writing: .destination)
  }

  /// The sum of a cotangent over the axes along which an operand of `shape` was repeated.
  static func reduced(_ cotangent: Operand, to shape: Shape, in plan: PlanBuilder) throws(EngineError) -> Operand {
    let target = padded(shape, rank: cotangent.shape.rank)
    if target == cotangent.shape { return try plan.reshaped(cotangent, to: shape) }
    let kernel = try Kernel(sumOf: cotangent.layout, to: try Layout(dense: target))
    let sum = try plan.run(kernel, reading: [(.source, cotangent)], writing: .destination)
    return try plan.reshaped(sum, to: shape)
  }
}

/// An operator of two tensors that broadcast.
///
/// - Inputs: `a`, `b`, shapes that broadcast.
/// - Outputs: the common shape.
protocol BroadcastBinary: Operator {
  /// The function.
  static var function: Binary { get }
  /// Whether the operands may change places.
  static var isCommutative: Bool { get }

  /// Cotangents of the aligned operands, before the sum over repeated axes; `nil` where not wanted.
  static func pullback(
    _ dy: Operand, _ a: Operand, _ b: Operand, _ y: Operand, in plan: PlanBuilder
  ) throws(EngineError) -> (a: Operand?, b: Operand?)
}

extension BroadcastBinary {
  static var arity: ClosedRange<Int> { 2...2 }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    [try Broadcast.shape(try fact(inputs, 0).shape, try fact(inputs, 1).shape)]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let operands = (try input(inputs, 0), try input(inputs, 1))
    let shape = try Broadcast.shape(operands.0.shape, operands.1.shape)
    // The kernel repeats its second operand only.
    let swaps = Self.isCommutative && operands.0.shape != shape && operands.1.shape == shape
    let (first, second) = swaps ? (operands.1, operands.0) : operands
    let (a, b) = try Broadcast.aligned(first, second, in: plan)
    let y = try combined(Self.function, a, b, in: plan)
    return Lowered([try plan.reshaped(y, to: shape)]) { cotangents, plan throws(EngineError) in
      guard let cotangent = cotangents[0] else { return [nil, nil] }
      let dy = try plan.reshaped(cotangent, to: y.shape)
      let (da, db) = try Self.pullback(dy, a, b, y, in: plan)
      let results = [
        try da.map { value throws(EngineError) in try Broadcast.reduced(value, to: first.shape, in: plan) },
        try db.map { value throws(EngineError) in try Broadcast.reduced(value, to: second.shape, in: plan) },
      ]
      return swaps ? results.reversed() : results
    }
  }
}

/// Emits a function of two aligned operands, in the layout of the first unless only the second one is computed.
func combined(_ function: Binary, _ a: Operand, _ b: Operand, in plan: PlanBuilder) throws(EngineError) -> Operand {
  let sameShape = a.shape == b.shape
  let layout = sameShape && !a.isVariable ? b.layout : a.layout
  return try plan.run(
    try Kernel(function, layout, sameShape ? layout : b.layout), reading: [(.source, a), (.secondSource, b)],
    writing: .destination)
}
