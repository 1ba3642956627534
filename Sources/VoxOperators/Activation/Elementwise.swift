import VoxTensor

/// An operator that applies one function to every element.
///
/// - Inputs: `x`, any shape.
/// - Outputs: `y`, the shape of `x`.
/// - VJP: `dx = f'(x) * dy`; the tape keeps `x`, of rectifiers its signs.
protocol Elementwise: Operator {
  /// The function.
  var function: Eltwise { get }

  /// Its value for an integer; `nil` where it has none of its own.
  func integers(_ x: Int64) throws(EngineError) -> Int64?
}

extension Elementwise {
  static var arity: ClosedRange<Int> { 1...1 }

  func integers(_ x: Int64) throws(EngineError) -> Int64? { nil }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let literal = try fact(inputs, 0).literal, case .integers(let values) = literal.values else { return nil }
    var results: [Int64] = []
    for value in values {
      guard let result = try integers(value) else { return nil }
      results.append(result)
    }
    return [Literal(literal.shape, integers: results)]
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] { inputs.compactMap { $0?.shape } }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    try lowered(function, try input(inputs, 0), into: plan)
  }
}

/// Emits a function of one value and its derivative.
func lowered(_ function: Eltwise, _ x: Operand, into plan: PlanBuilder) throws(EngineError) -> Lowered {
  if case .relu(let slope) = function { return try rectified(x, slope: slope, into: plan) }
  let y = try plan.run(try Kernel(function, x.layout), reading: [(.source, x)], writing: .destination)
  return Lowered([y], takesOuterProducts: true) { cotangents, plan throws(EngineError) in
    guard let dy = cotangents[0] else { return [nil] }
    let kernel = try Kernel(vjpOf: function, x.layout)
    return [
      try plan.run(
        kernel, reading: [(.source, x), (.destinationCotangent, dy)], writing: .sourceCotangent)
    ]
  }
}

/// Emits `x` where positive, `slope * x` elsewhere, and its derivative.
private func rectified(_ x: Operand, slope: Float, into plan: PlanBuilder) throws(EngineError) -> Lowered {
  let made = try plan.run(
    try Kernel(rectifier: slope, x.layout), reading: [(.source, x)], writing: [.destination, .signs])
  let (y, signs) = (made[0], made[1])
  return Lowered([y], takesOuterProducts: true) { cotangents, plan throws(EngineError) in
    guard let dy = cotangents[0] else { return [nil] }
    return [try plan.rectified(dy, signs, of: y.layout, slope: slope)]
  }
}

/// The operand at a position that the operator's arity makes obligatory.
func input(_ inputs: [Operand?], _ position: Int) throws(EngineError) -> Operand {
  guard inputs.indices.contains(position), let operand = inputs[position] else {
    throw EngineError(.malformed, "input \(position) is required, but left out")
  }
  return operand
}

/// The fact at a position that the operator's arity makes obligatory.
func fact(_ inputs: [Fact?], _ position: Int) throws(EngineError) -> Fact {
  guard inputs.indices.contains(position), let fact = inputs[position] else {
    throw EngineError(.malformed, "input \(position) is required, but left out")
  }
  return fact
}

/// An axis counted from the front, from one that may be negative.
func resolved(axis: Int, rank: Int) throws(EngineError) -> Int {
  let resolved = axis < 0 ? axis + rank : axis
  guard (0..<rank).contains(resolved) else {
    throw EngineError(
      .malformed, "expected an axis from \(-rank) to \(rank - 1), found \(axis)", at: .attribute("axis"))
  }
  return resolved
}
