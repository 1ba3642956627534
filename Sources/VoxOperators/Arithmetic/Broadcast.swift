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
      out[axis] = left[axis] == 1 ? right[axis] : left[axis]
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
  static func repeated(
    _ operand: Operand, to shape: Shape, in plan: PlanBuilder
  ) throws(EngineError) -> Operand {
    if operand.shape == shape { return operand }
    let kernel = try Kernel(
      copyOf: shape, from: Placement(repeating: operand.shape, over: shape), to: Placement(in: shape))
    return try plan.run(kernel, reading: [(.source, operand)], writing: .destination)
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
  /// Whether the cotangent of the result is that of both operands, as it is.
  static var passesCotangent: Bool { get }

  /// Cotangents of the aligned operands, before the sum over repeated axes; `nil` where not wanted.
  static func pullback(
    _ dy: Operand, _ a: Operand, _ b: Operand, _ y: Operand, in plan: PlanBuilder
  ) throws(EngineError) -> (a: Operand?, b: Operand?)
}

extension BroadcastBinary {
  static var passesCotangent: Bool { false }

  static var arity: ClosedRange<Int> { 2...2 }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    [try Broadcast.shape(try fact(inputs, 0).shape, try fact(inputs, 1).shape)]
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let a = try fact(inputs, 0).literal, let b = try fact(inputs, 1).literal else { return nil }
    return [try folded(Self.function, a, b)]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let operands = (try input(inputs, 0), try input(inputs, 1))
    let shape = try Broadcast.shape(operands.0.shape, operands.1.shape)
    // The kernel repeats its second operand only.
    let swaps = Self.isCommutative && operands.0.shape != shape && operands.1.shape == shape
    let (first, second) = swaps ? (operands.1, operands.0) : operands
    let (a, b) = try Broadcast.aligned(first, second, in: plan)
    let y = try combined(Self.function, a, b, in: plan)
    let passesOn = Self.passesCotangent && first.shape == second.shape
    return Lowered([try plan.reshaped(y, to: shape)], takesOuterProducts: passesOn) {
      cotangents, plan throws(EngineError) in
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

/// A function of two literals that broadcast; integers stay integers.
func folded(_ function: Binary, _ a: Literal, _ b: Literal) throws(EngineError) -> Literal {
  if a.integers != nil, b.integers != nil {
    let (shape, values) = try folded(a, b, integers: function.integers, floats: { _, _ in 0 })
    return Literal(shape, integers: values)
  }
  let (shape, values) = try folded(a, b, integers: { _, _ in 0 }, floats: function.floats)
  return Literal(shape, floats: values)
}

extension Binary {
  fileprivate func integers(_ a: Int64, _ b: Int64) throws(EngineError) -> Int64 {
    switch self {
    case .add: return try .exact(a.addingReportingOverflow(b))
    case .subtract: return try .exact(a.subtractingReportingOverflow(b))
    case .multiply: return try .exact(a.multipliedReportingOverflow(by: b))
    case .divide:
      guard b != 0 else { throw EngineError(.malformed, "an integer is divided by 0") }
      return try .exact(a.dividedReportingOverflow(by: b))
    case .maximum: return Swift.max(a, b)
    case .minimum: return Swift.min(a, b)
    case .atLeast: return a >= b ? 1 : 0
    case .atMost: return a <= b ? 1 : 0
    }
  }

  fileprivate func floats(_ a: Float, _ b: Float) -> Float {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: Swift.max(a, b)
    case .minimum: Swift.min(a, b)
    case .atLeast: a >= b ? 1 : 0
    case .atMost: a <= b ? 1 : 0
    }
  }
}
