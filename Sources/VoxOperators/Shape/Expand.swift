import VoxTensor

/// `Expand` (ai.onnx, since opset 8): a tensor repeated by broadcasting it with a shape.
///
/// - Inputs: `x`; `shape`, integers known at load.
/// - Outputs: the common shape.
/// - VJP: the sum of `dy` over repeated axes; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Expand.html>.
struct Expand: Operator {
  static let name = "Expand"
  static let since = 8
  static let arity = 2...2

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    [try shape(try fact(inputs, 0).shape, try integers(inputs, 1))]
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let literal = try fact(inputs, 0).literal else { return nil }
    let shape = try outputShapes(inputs)[0]
    try Literal.expectComputable(shape)
    return [literal.broadcast(to: shape)]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let shape = try shape(x.shape, try input(inputs, 1).literal?.integers ?? [])
    let y = try Broadcast.repeated(
      try plan.reshaped(x, to: Broadcast.padded(x.shape, rank: shape.rank)), to: shape, in: plan)
    return Lowered([y]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil, nil] }
      return [try Broadcast.reduced(dy, to: x.shape, in: plan), nil]
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }

  private func shape(_ x: Shape, _ wanted: [Int]) throws(EngineError) -> Shape {
    guard wanted.allSatisfy({ (0...1 << 38).contains($0) }) else {
      throw EngineError(.malformed, "input 1: expected a shape, found \(wanted)")
    }
    return try Broadcast.shape(x, Shape(wanted))
  }
}
