import VoxTensor

/// `Where` (ai.onnx, since opset 9): `y = a` where the condition is true, `b` elsewhere, with broadcasting.
///
/// - Inputs: `condition`, known at load; `a`; `b`; shapes that broadcast.
/// - Outputs: the common shape.
/// - VJP: `dy` where the condition is true goes to `a`, elsewhere to `b`, summed over repeated axes; the tape keeps
///   nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Where.html>.
struct Where: Operator {
  static let name = "Where"
  static let since = 9
  static let arity = 3...3

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let condition = try fact(inputs, 0)
    guard condition.literal != nil else {
      throw EngineError(.unsupported, "expected a condition that is known at load, found a computed one")
    }
    let values = try Broadcast.shape(try fact(inputs, 1).shape, try fact(inputs, 2).shape)
    return [try Broadcast.shape(condition.shape, values)]
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    let shape = try outputShapes(inputs)[0]
    guard let condition = try fact(inputs, 0).literal, let a = try fact(inputs, 1).literal,
      let b = try fact(inputs, 2).literal
    else { return nil }
    try Literal.expectComputable(shape)
    let (truth, strides) = (condition.booleans, [condition, a, b].map { $0.strides(repeatedTo: shape) })
    func chosen<Element: BitwiseCopyable>(_ first: [Element], _ second: [Element]) -> [Element] {
      truth.withUnsafeBufferPointer { truth in
        first.withUnsafeBufferPointer { first in
          second.withUnsafeBufferPointer { second in
            elements(of: shape, strides) { row, offsets, steps in
              for i in row.indices {
                let isTrue = truth[offsets[0] + i * steps[0]]
                row[i] = isTrue ? first[offsets[1] + i * steps[1]] : second[offsets[2] + i * steps[2]]
              }
            }
          }
        }
      }
    }
    if case .integers(let first) = a.values, case .integers(let second) = b.values {
      return [Literal(shape, integers: chosen(first, second))]
    }
    return [Literal(shape, floats: chosen(a.floats, b.floats))]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let (condition, a, b) = (try input(inputs, 0), try input(inputs, 1), try input(inputs, 2))
    guard let literal = condition.literal else {
      throw EngineError(.unsupported, "expected a condition that is known at load, found a computed one")
    }
    let shape = try Broadcast.shape(literal.shape, try Broadcast.shape(a.shape, b.shape))
    let full = Broadcast.padded(shape, rank: max(1, shape.rank))
    try Literal.expectComputable(full)
    let mask = Literal(
      Broadcast.padded(literal.shape, rank: full.rank), floats: literal.booleans.map { $0 ? 1 : 0 })
    let chosen = try plan.constant(mask.broadcast(to: full))
    let y = try plan.run(
      try Kernel(selection: full),
      reading: [
        (.weights, chosen), (.source, try repeated(a, to: full, in: plan)),
        (.secondSource, try repeated(b, to: full, in: plan)),
      ],
      writing: .destination)
    return Lowered([try plan.reshaped(y, to: shape)]) { cotangents, plan throws(EngineError) in
      guard let cotangent = cotangents[0] else { return [nil, nil, nil] }
      let dy = try plan.reshaped(cotangent, to: full)
      let da = try combined(.multiply, dy, chosen, in: plan)
      return [
        nil, a.isVariable ? try Broadcast.reduced(da, to: a.shape, in: plan) : nil,
        b.isVariable ? try Broadcast.reduced(try combined(.subtract, dy, da, in: plan), to: b.shape, in: plan) : nil,
      ]
    }
  }

  private func repeated(_ x: Operand, to shape: Shape, in plan: PlanBuilder) throws(EngineError) -> Operand {
    try Broadcast.repeated(
      try plan.reshaped(x, to: Broadcast.padded(x.shape, rank: shape.rank)), to: shape, in: plan)
  }
}
