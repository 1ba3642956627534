import VoxTensor

/// An operator of one or more tensors that broadcast, applied from the left to the right.
///
/// - Inputs: shapes that broadcast.
/// - Outputs: the common shape.
protocol VariadicOperator: Operator {
  /// The function.
  static var function: Binary { get }

  /// Cotangents of two aligned operands of one step, before the sum over repeated axes; `nil` where not wanted.
  static func pullback(
    _ dy: Operand, _ a: Operand, _ b: Operand, in plan: PlanBuilder
  ) throws(EngineError) -> (a: Operand?, b: Operand?)
}

extension VariadicOperator {
  static var arity: ClosedRange<Int> { 1...1024 }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    var shape = try fact(inputs, 0).shape
    for position in inputs.indices.dropFirst() { shape = try Broadcast.shape(shape, try fact(inputs, position).shape) }
    return [shape]
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard var result = try fact(inputs, 0).literal else { return nil }
    for position in inputs.indices.dropFirst() {
      guard let next = try fact(inputs, position).literal else { return nil }
      result = try folded(Self.function, result, next)
    }
    return [result]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    var result = try input(inputs, 0)
    var steps: [(a: Operand, b: Operand, left: Shape, right: Shape)] = []
    for position in inputs.indices.dropFirst() {
      let next = try input(inputs, position)
      let (a, right) = try Broadcast.aligned(result, next, in: plan)
      let b = try Broadcast.repeated(right, to: a.shape, in: plan)
      steps.append((a, b, result.shape, next.shape))
      let shape = try Broadcast.shape(result.shape, next.shape)
      result = try plan.reshaped(try combined(Self.function, a, b, in: plan), to: shape)
    }
    return Lowered([result]) { [steps] cotangents, plan throws(EngineError) in
      var results = [Operand?](repeating: nil, count: steps.count + 1)
      var cotangent = cotangents[0]
      for (position, step) in steps.enumerated().reversed() {
        guard let incoming = cotangent else { break }
        let dy = try plan.reshaped(incoming, to: step.a.shape)
        let (da, db) = try Self.pullback(dy, step.a, step.b, in: plan)
        results[position + 1] = try db.map { value throws(EngineError) in
          try Broadcast.reduced(value, to: step.right, in: plan)
        }
        cotangent = try da.map { value throws(EngineError) in
          try Broadcast.reduced(value, to: step.left, in: plan)
        }
      }
      results[0] = cotangent
      return results
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double {
    Double(inputs.count - 1) * Double(outputs.first?.count ?? 0)
  }
}

/// Cotangents of a choice between two operands: all of `dy` goes to the one that was chosen, the first of equal ones.
func chosen(
  _ comparison: Binary, _ dy: Operand, _ a: Operand, _ b: Operand, in plan: PlanBuilder
) throws(EngineError) -> (a: Operand?, b: Operand?) {
  let chosen = try combined(comparison, a, b, in: plan)
  let da = try combined(.multiply, dy, chosen, in: plan)
  return (a.isVariable ? da : nil, b.isVariable ? try combined(.subtract, dy, da, in: plan) : nil)
}
