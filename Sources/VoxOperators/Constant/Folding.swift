import VoxTensor

/// An operator of integers, Booleans or shapes: its inputs are known at load, and nothing of it remains to be run.
///
/// - VJP: none; the output does not depend on the network's input.
protocol ForwardOnly: Operator {
  /// The outputs.
  func folded(_ inputs: [Literal?]) throws(EngineError) -> [Literal]
}

extension ForwardOnly {
  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard inputs.allSatisfy({ $0 == nil || $0?.literal != nil }) else { return nil }
    return try folded(inputs.map { $0?.literal })
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    guard let literals = try fold(inputs) else {
      throw EngineError(.unsupported, "expected inputs that are known at load, found a computed one")
    }
    return literals.map(\.shape)
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    throw EngineError(.internal, "this operator is computed before anything runs")
  }
}

/// The literal at a position that the operator's arity makes obligatory.
func literal(_ inputs: [Literal?], _ position: Int) throws(EngineError) -> Literal {
  guard inputs.indices.contains(position), let literal = inputs[position] else {
    throw EngineError(.malformed, "input \(position) is required, but left out")
  }
  return literal
}

/// A function of two literals that broadcast, by one rule for integers and one for floats.
func folded<Result>(
  _ a: Literal, _ b: Literal, integers: (Int64, Int64) throws(EngineError) -> Result,
  floats: (Float, Float) -> Result
) throws(EngineError) -> (Shape, [Result]) {
  let shape = try Broadcast.shape(a.shape, b.shape)
  try Literal.expectComputable(shape)
  let strides = [a.strides(repeatedTo: shape), b.strides(repeatedTo: shape)]
  if case .integers(let first) = a.values, case .integers(let second) = b.values {
    var results: [Result] = []
    results.reserveCapacity(shape.count)
    try shape.forEachRow(strides) { _, length, offsets, steps throws(EngineError) in
      for i in 0..<length {
        results.append(try integers(first[offsets[0] + i * steps[0]], second[offsets[1] + i * steps[1]]))
      }
    }
    return (shape, results)
  }
  let results = a.floats.withUnsafeBufferPointer { first in
    b.floats.withUnsafeBufferPointer { second -> [Result] in
      elements(of: shape, strides) { row, offsets, steps in
        for i in row.indices {
          row.initializeElement(
            at: i, to: floats(first[offsets[0] + i * steps[0]], second[offsets[1] + i * steps[1]]))
        }
      }
    }
  }
  return (shape, results)
}

/// The elements of a tensor, made row by row.
///
/// - Parameters:
///   - strides: those of each tensor they are made of; see ``Shape/forEachRow(_:_:)``.
///   - fill: initializes a row.
@inline(__always)
func elements<Element>(
  of shape: Shape, _ strides: [[Int]],
  fill: (_ row: UnsafeMutableBufferPointer<Element>, _ offsets: [Int], _ steps: [Int]) -> Void
) -> [Element] {
  [Element](unsafeUninitializedCapacity: shape.count) { buffer, count in
    shape.forEachRow(strides) { start, length, offsets, steps in
      fill(UnsafeMutableBufferPointer(rebasing: buffer[start..<start + length]), offsets, steps)
    }
    count = shape.count
  }
}

/// The single float of a literal, such as a bound or a value to fill with.
func scalar(_ fact: Fact, _ what: String) throws(EngineError) -> Float {
  guard let literal = fact.literal else {
    throw EngineError(.unsupported, "expected \(what) that is known at load, found a computed one")
  }
  guard literal.shape.count == 1, let value = literal.floats.first else {
    throw EngineError(.malformed, "expected one number as \(what), found shape \(literal.shape)")
  }
  return value
}

/// An input that may be left out.
func optional<Input>(_ inputs: [Input?], _ position: Int) -> Input? {
  inputs.indices.contains(position) ? inputs[position] : nil
}

extension Int64 {
  /// The result of arithmetic with its overflow.
  static func exact(_ result: (partialValue: Int64, overflow: Bool)) throws(EngineError) -> Int64 {
    guard !result.overflow else { throw EngineError(.malformed, "integer arithmetic overflows") }
    return result.partialValue
  }
}
