import VoxTensor

/// `GatherND` (ai.onnx, since opset 11): rows of a tensor, by tuples of indices.
///
/// - Inputs: `data`; `indices`, integers known at load, whose last axis holds tuples for the axes after `batch_dims`.
/// - Outputs: the extents of `indices` but for its last, then those of one row.
/// - VJP: `dy` added up at the rows; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__GatherND.html>.
struct GatherND: Operator {
  static let name = "GatherND"
  static let since = 11
  static let arity = 2...2

  private let batch: Int

  init(_ attributes: inout Attributes) throws(EngineError) { batch = try attributes.integer("batch_dims", default: 0) }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let rows = try IndexedRows(try fact(inputs, 1), into: try fact(inputs, 0).shape, batch: batch)
    return [Shape(rows.outer + rows.inner)]
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let data = try fact(inputs, 0).literal else { return nil }
    let rows = try IndexedRows(try fact(inputs, 1), into: data.shape, batch: batch)
    let (shape, length) = (Shape(rows.outer + rows.inner), rows.rowLength)
    try Literal.expectComputable(shape)
    return [data.selecting(rows.rows.flatMap { ($0 * length)..<(($0 + 1) * length) }, shape: shape)]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let (data, indices) = (try input(inputs, 0), try input(inputs, 1))
    let rows = try IndexedRows(Fact(shape: indices.shape, literal: indices.literal), into: data.shape, batch: batch)
    let map = try AxisMap(inputs: rows.count, selecting: rows.rows)
    let x = try plan.reshaped(data, to: [rows.count, rows.rowLength])
    let y = try mapped(x, map, along: 0, in: plan)
    return Lowered([try plan.reshaped(y, to: Shape(rows.outer + rows.inner))]) { cotangents, plan throws(EngineError) in
      guard let cotangent = cotangents[0] else { return [nil, nil] }
      let dx = try mapped(try plan.reshaped(cotangent, to: y.shape), map.transposed, along: 0, in: plan)
      return [try plan.reshaped(dx, to: data.shape), nil]
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }
}
