import VoxTensor

/// `Gather` (ai.onnx, since opset 1): entries of a tensor along an axis, by their indices.
///
/// - Inputs: `data`; `indices`, integers known at load, of any shape, negative ones counted from the end.
/// - Outputs: the shape of `data` with the axis replaced by the axes of `indices`.
/// - VJP: `dy` added up at the indices; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Gather.html>.
struct Gather: Operator {
  static let name = "Gather"
  static let since = 1
  static let arity = 2...2

  private let axis: Int

  init(_ attributes: inout Attributes) throws(EngineError) { axis = try attributes.integer("axis", default: 0) }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let (data, indices) = (try fact(inputs, 0).shape, try fact(inputs, 1).shape)
    let axis = try resolved(axis: axis, rank: data.rank)
    return [Shape(data.extents[..<axis] + indices.extents + data.extents[(axis + 1)...])]
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let data = try fact(inputs, 0).literal else { return nil }
    let axis = try resolved(axis: axis, rank: data.shape.rank)
    let sources = try sources(try fact(inputs, 1), extent: data.shape[axis])
    let shape = try outputShapes(inputs)[0]
    try Literal.expectComputable(shape)
    let inner = data.shape.extents[(axis + 1)...].reduce(1, *)
    var positions: [Int] = []
    positions.reserveCapacity(shape.count)
    for outer in 0..<data.shape.extents[..<axis].reduce(1, *) {
      for source in sources {
        let start = (outer * data.shape[axis] + source) * inner
        positions.append(contentsOf: start..<(start + inner))
      }
    }
    return [data.selecting(positions, shape: shape)]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let (data, indices) = (try input(inputs, 0), try input(inputs, 1))
    let axis = try resolved(axis: axis, rank: data.shape.rank)
    let facts = [Fact(shape: data.shape), Fact(shape: indices.shape, literal: indices.literal)]
    let sources = try sources(facts[1], extent: data.shape[axis])
    let map = try AxisMap(inputs: data.shape[axis], selecting: sources)
    let y = try mapped(data, map, along: axis, in: plan)
    return Lowered([try plan.reshaped(y, to: try outputShapes(facts)[0])]) { cotangents, plan throws(EngineError) in
      guard let cotangent = cotangents[0] else { return [nil, nil] }
      return [try mapped(try plan.reshaped(cotangent, to: y.shape), map.transposed, along: axis, in: plan), nil]
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }

  private func sources(_ indices: Fact, extent: Int) throws(EngineError) -> [Int] {
    guard let values = indices.literal?.integers else {
      throw EngineError(.unsupported, "input 1: expected integers that are known at load, found computed ones")
    }
    var sources: [Int] = []
    for value in values {
      let source = value < 0 ? value + extent : value
      guard (0..<extent).contains(source) else {
        throw EngineError(.malformed, "expected an index from \(-extent) to \(extent - 1), found \(value)")
      }
      sources.append(source)
    }
    return sources
  }
}
