import VoxTensor

/// An operator that compares two tensors known at load, element by element, or joins two tensors of Booleans.
///
/// - Inputs: `a`, `b`, shapes that broadcast.
/// - Outputs: 1 or 0 for each element of the common shape.
protocol Comparison: ForwardOnly {
  static func integers(_ a: Int64, _ b: Int64) -> Bool
  static func floats(_ a: Float, _ b: Float) -> Bool
}

extension Comparison {
  static var arity: ClosedRange<Int> { 2...2 }

  func folded(_ inputs: [Literal?]) throws(EngineError) -> [Literal] {
    let (shape, values) = try VoxOperators.folded(
      try literal(inputs, 0), try literal(inputs, 1), integers: { Self.integers($0, $1) },
      floats: { Self.floats($0, $1) })
    return [Literal(shape, booleans: values)]
  }
}
