import VoxTensor

/// `ScatterND` (ai.onnx, since opset 11): a tensor with rows replaced by others, by tuples of indices.
///
/// - Inputs: `data`; `indices`, integers known at load, whose last axis holds tuples; `updates`, one row per tuple.
/// - Outputs: the shape of `data`; of several updates of one row the last one counts.
/// - VJP: `dy` but for the replaced rows goes to `data`, those rows to `updates`; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__ScatterND.html>.
struct ScatterND: Operator {
  static let name = "ScatterND"
  static let since = 11
  static let arity = 3...3

  init(_ attributes: inout Attributes) throws(EngineError) {
    let reduction = try attributes.string("reduction", default: "none")
    guard reduction == "none" else {
      throw EngineError(.unsupported, "expected none, found \(reduction)", at: .attribute("reduction"))
    }
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let (data, updates) = (try fact(inputs, 0).shape, try fact(inputs, 2).shape)
    _ = try rows(data, try fact(inputs, 1), updates)
    return [data]
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let data = try fact(inputs, 0).literal, let updates = try fact(inputs, 2).literal else { return nil }
    let rows = try rows(data.shape, try fact(inputs, 1), updates.shape)
    if case .integers(let old) = data.values, case .integers(let new) = updates.values {
      return [Literal(data.shape, integers: replaced(old, by: new, rows))]
    }
    return [Literal(data.shape, floats: replaced(data.floats, by: updates.floats, rows))]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let (data, indices, updates) = (try input(inputs, 0), try input(inputs, 1), try input(inputs, 2))
    let rows = try rows(data.shape, Fact(shape: indices.shape, literal: indices.literal), updates.shape)
    var sources = [Int?](repeating: nil, count: rows.count)
    for (update, row) in rows.rows.enumerated() { sources[row] = update }
    let kept = try AxisMap(inputs: rows.count, selecting: sources.indices.map { sources[$0] == nil ? $0 : nil })
    let placed = try AxisMap(inputs: rows.rows.count, selecting: sources)
    let old = try plan.reshaped(data, to: [rows.count, rows.rowLength])
    let new = try plan.reshaped(updates, to: [rows.rows.count, rows.rowLength])
    let y = try plan.sum(
      try mapped(old, kept, along: 0, in: plan), try mapped(new, placed, along: 0, in: plan))
    return Lowered([try plan.reshaped(y, to: data.shape)]) { cotangents, plan throws(EngineError) in
      guard let cotangent = cotangents[0] else { return [nil, nil, nil] }
      let dy = try plan.reshaped(cotangent, to: y.shape)
      var results: [Operand?] = [nil, nil, nil]
      if data.isVariable {
        results[0] = try plan.reshaped(try mapped(dy, kept.transposed, along: 0, in: plan), to: data.shape)
      }
      if updates.isVariable {
        results[2] = try plan.reshaped(try mapped(dy, placed.transposed, along: 0, in: plan), to: updates.shape)
      }
      return results
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }

  private func rows(_ data: Shape, _ indices: Fact, _ updates: Shape) throws(EngineError) -> IndexedRows {
    let rows = try IndexedRows(indices, into: data)
    guard updates.extents == rows.outer + rows.inner else {
      throw EngineError(.malformed, "expected updates of shape \(Shape(rows.outer + rows.inner)), found \(updates)")
    }
    return rows
  }

  private func replaced<Element>(_ old: [Element], by new: [Element], _ rows: IndexedRows) -> [Element] {
    var result = old
    let length = rows.rowLength
    for (update, row) in rows.rows.enumerated() {
      for position in 0..<length { result[row * length + position] = new[update * length + position] }
    }
    return result
  }
}
