import VoxTensor

/// `Concat` (ai.onnx, since opset 4): tensors one after the other along an axis.
///
/// - Inputs: one or more tensors whose shapes differ along the axis only.
/// - Outputs: one tensor.
/// - VJP: each input gets its part of `dy`; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Concat.html>.
struct Concat: Operator {
  static let name = "Concat"
  static let since = 4
  static let arity = 1...1024

  private let axis: Int

  init(_ attributes: inout Attributes) throws(EngineError) {
    guard attributes.contains("axis") else { throw EngineError(.malformed, "is required", at: .attribute("axis")) }
    axis = try attributes.integer("axis", default: 0)
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    var shape = try fact(inputs, 0).shape
    let axis = try resolved(axis: axis, rank: shape.rank)
    for position in inputs.indices.dropFirst() {
      let next = try fact(inputs, position).shape
      guard next.rank == shape.rank, (0..<shape.rank).allSatisfy({ $0 == axis || next[$0] == shape[$0] }) else {
        throw EngineError(
          .malformed, "input \(position): expected shape \(shape) but for axis \(axis), found \(next)")
      }
      shape[axis] += next[axis]
    }
    return [shape]
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    let literals = inputs.compactMap { $0?.literal }
    let shape = try outputShapes(inputs)[0]
    guard literals.count == inputs.count, shape.rank > 0 else { return nil }
    try Literal.expectComputable(shape)
    let axis = try resolved(axis: axis, rank: shape.rank)
    let outer = shape.extents[..<axis].reduce(1, *)
    if literals.allSatisfy({ $0.integers != nil }) {
      let values = literals.map { literal -> [Int64] in
        if case .integers(let values) = literal.values { values } else { [] }
      }
      return [Literal(shape, integers: joined(values, outer))]
    }
    return [Literal(shape, floats: joined(literals.map(\.floats), outer))]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    var parts: [Operand] = []
    for position in inputs.indices { parts.append(try input(inputs, position)) }
    let axis = try resolved(axis: axis, rank: parts[0].shape.rank)
    let layouts = parts.map(\.layout)
    let kernel: Kernel
    if let joining = try Kernel(joining: layouts, along: axis) {
      kernel = joining
    } else {
      kernel = try Kernel(concatenation: layouts, axis: axis)
    }
    let y = try plan.run(
      kernel, reading: parts.enumerated().map { (.part($0), $1) }, writing: .destination)
    return Lowered([y]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [Operand?](repeating: nil, count: parts.count) }
      var (start, results) = (0, [Operand?]())
      for part in parts {
        results.append(part.isVariable ? try slice(dy, part, along: axis, at: start, in: plan) : nil)
        start += part.shape[axis]
      }
      return results
    }
  }

  func preceded(by makers: [Maker?], _ inputs: [Fact?]) throws(EngineError) -> (any Operator)? {
    let shape = try outputShapes(inputs)[0]
    return try FusedSlices.joining(makers, along: try resolved(axis: axis, rank: shape.rank), to: shape)
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }

  /// The part of a cotangent that belongs to an input, in that input's layout.
  private func slice(
    _ dy: Operand, _ part: Operand, along axis: Int, at start: Int, in plan: PlanBuilder
  ) throws(EngineError) -> Operand {
    if let kernel = Kernel(part: part.layout, of: dy.layout, along: axis, at: start) {
      return try plan.run(kernel, reading: [(.source, dy)], writing: .destination)
    }
    var (whole, offsets) = (dy, [Int](repeating: 0, count: dy.shape.rank))
    offsets[axis] = start
    var layout = whole.layout.slice(part.shape, at: offsets)
    if layout == nil {
      whole = try plan.dense(dy)
      layout = whole.layout.slice(part.shape, at: offsets)
    }
    guard let layout else { throw EngineError(.internal, "a dense tensor cannot be cut at \(offsets)") }
    return try plan.laidOut(whole.viewed(as: part.shape, layout: layout), as: part.layout)
  }

  /// The elements of several arrays, each cut into `outer` stretches, stretch by stretch.
  private func joined<Element>(_ arrays: [[Element]], _ outer: Int) -> [Element] {
    (0..<outer).flatMap { position in
      arrays.flatMap { $0[($0.count / outer * position)..<($0.count / outer * (position + 1))] }
    }
  }
}
