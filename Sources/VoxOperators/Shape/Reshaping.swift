import VoxTensor

/// An operator that keeps the elements and their order and changes the shape.
///
/// - VJP: the cotangent in the shape of the input; the tape keeps nothing.
protocol Reshaping: Operator {
  /// The shape of the output.
  func outputShape(_ inputs: [Fact?]) throws(EngineError) -> Shape
}

extension Reshaping {
  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let shape = try outputShape(inputs)
    let x = try fact(inputs, 0).shape
    guard shape.count == x.count else {
      throw EngineError(.malformed, "expected a shape of \(x.count) elements as the input \(x) has, found \(shape)")
    }
    return [shape]
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let literal = try fact(inputs, 0).literal else { return nil }
    return [literal.reshaped(try outputShapes(inputs)[0])]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let facts = inputs.map { $0.map { Fact(shape: $0.shape, literal: $0.literal) } }
    let y = try plan.reshaped(x, to: try outputShapes(facts)[0])
    let rest = [Operand?](repeating: nil, count: inputs.count - 1)
    return Lowered([y]) { cotangents, plan throws(EngineError) in
      let dx = try cotangents[0].map { dy throws(EngineError) in try plan.reshaped(dy, to: x.shape) }
      return [dx] + rest
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }
}

/// The integers of an input that must be a literal, such as a shape or axes.
func integers(_ inputs: [Fact?], _ position: Int) throws(EngineError) -> [Int] {
  guard let literal = try fact(inputs, position).literal, let integers = literal.integers else {
    throw EngineError(.unsupported, "input \(position): expected integers that are known at load, found computed ones")
  }
  return integers
}

/// Distinct axes counted from the front.
func resolved(axes: [Int], rank: Int) throws(EngineError) -> Set<Int> {
  var found = Set<Int>()
  for axis in axes {
    guard found.insert(try resolved(axis: axis, rank: rank)).inserted else {
      throw EngineError(.malformed, "expected distinct axes, found \(axes)", at: .attribute("axes"))
    }
  }
  return found
}
