import VoxTensor

/// Emits a sparse linear map along an axis and its derivative, the transposed map; the tape keeps nothing.
func mapped(_ x: Operand, _ map: AxisMap, along axis: Int, in plan: PlanBuilder) throws(EngineError) -> Operand {
  try plan.run(try Kernel(map, along: axis, x.layout), reading: [(.source, x)], writing: .destination)
}

/// The rows of a tensor [rows, inner] that tuples of indices name.
struct IndexedRows: Sendable {
  /// Numbers of the rows, in the order of the tuples.
  let rows: [Int]
  /// Extents of the indices without the axis of tuples.
  let outer: [Int]
  /// Extents of one row.
  let inner: [Int]
  /// Number of all rows.
  let count: Int

  /// Reads tuples of indices along the last axis of a literal.
  ///
  /// - Parameter batch: leading axes that data and indices share.
  init(_ indices: Fact, into data: Shape, batch: Int = 0) throws(EngineError) {
    guard let literal = indices.literal, let values = literal.integers else {
      throw EngineError(.unsupported, "expected integer indices that are known at load, found others")
    }
    let shape = literal.shape
    guard batch >= 0, shape.rank > batch, let length = shape.extents.last, batch + length <= data.rank, length > 0,
      shape.extents.prefix(batch) == data.extents.prefix(batch)
    else {
      throw EngineError(.malformed, "indices of shape \(shape) do not fit data of shape \(data)")
    }
    let leading = Array(data.extents[..<(batch + length)])
    let extents = leading[batch...]
    let perBatch = extents.reduce(1, *)
    let tuples = values.count / length
    let batches = data.extents.prefix(batch).reduce(1, *)
    var rows: [Int] = []
    rows.reserveCapacity(tuples)
    for tuple in 0..<tuples {
      var row = 0
      for (position, extent) in extents.enumerated() {
        let value = values[tuple * length + position]
        let index = value < 0 ? value + extent : value
        guard (0..<extent).contains(index) else {
          throw EngineError(.malformed, "expected an index from \(-extent) to \(extent - 1), found \(value)")
        }
        row = row * extent + index
      }
      rows.append(tuple / max(1, tuples / max(batches, 1)) * perBatch + row)
    }
    self.rows = rows
    outer = Array(shape.extents.dropLast())
    inner = Array(data.extents[(batch + length)...])
    count = leading.reduce(1, *)
  }

  /// Elements of one row.
  var rowLength: Int { inner.reduce(1, *) }
}
