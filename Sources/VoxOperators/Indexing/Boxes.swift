import VoxTensor

/// A box of a tensor: elements from `start` on, `steps` apart, `extents` of them along each axis.
struct Box: Sendable {
  var start: [Int]
  var steps: [Int]
  var extents: [Int]

  /// The box that is another one of the elements of this.
  func part(_ other: Box) -> Box {
    Box(
      start: start.indices.map { start[$0] + steps[$0] * other.start[$0] },
      steps: start.indices.map { other.extents[$0] > 1 ? steps[$0] * other.steps[$0] : 1 }, extents: other.extents)
  }

  /// Whether it has an element in common with another one, as far as is seen axis by axis.
  func mayMeet(_ other: Box) -> Bool {
    start.indices.allSatisfy { axis in
      let (mine, its) = (range(axis), other.range(axis))
      if mine.upperBound < its.lowerBound || its.upperBound < mine.lowerBound { return false }
      let step = abs(steps[axis])
      return step != abs(other.steps[axis]) || (start[axis] - other.start[axis]) % step == 0
    }
  }

  /// The first and the last place along an axis.
  private func range(_ axis: Int) -> ClosedRange<Int> {
    let end = start[axis] + steps[axis] * (extents[axis] - 1)
    return min(start[axis], end)...max(start[axis], end)
  }

  /// Whether the box is cut along spatial axes only, so that interleaved channels may stay so.
  func isSpatial(in shape: Shape) -> Bool {
    shape.rank >= 3 && (0..<2).allSatisfy { start[$0] == 0 && steps[$0] == 1 && extents[$0] == shape[$0] }
  }

  /// The box in a tensor with a further last axis of interleaved channels; axis 1 then counts their blocks.
  func stored(in shape: Shape) -> Box {
    if shape.rank == start.count { return self }
    var extents = extents
    extents[1] = shape[1]
    return Box(
      start: start + [0], steps: steps + [1], extents: extents + [shape[shape.rank - 1]])
  }

  /// Emits a copy of the elements of the box.
  func cut(from x: Operand, in plan: PlanBuilder) throws(EngineError) -> Operand {
    let source = isSpatial(in: x.shape) ? try plan.stored(x) : try plan.dense(x)
    let box = stored(in: source.shape)
    let shape = Shape(box.extents)
    let kernel = try Kernel(
      copyOf: shape, from: Placement(in: source.shape, at: box.start, steps: box.steps), to: Placement(in: shape))
    let y = try plan.run(kernel, reading: [(.source, source)], writing: .destination)
    return try seen(y, as: Shape(extents), like: x, stored: source.shape)
  }

  /// Emits a tensor of a shape that holds `x` in the box and a value elsewhere.
  func placed(
    _ x: Operand, in shape: Shape, fill: Float = 0, plan: PlanBuilder
  ) throws(EngineError) -> Operand {
    // Channels that pad a block must stay 0.
    let keeps = isSpatial(in: shape) && (fill == 0 || !x.layout.isPadded)
    let source = keeps ? try plan.stored(x) : try plan.dense(x)
    var whole = shape
    if source.shape.rank > shape.rank {
      whole = Shape(shape.extents + [source.shape[source.shape.rank - 1]])
      whole[1] = source.shape[1]
    }
    let box = stored(in: whole)
    let kernel = try Kernel(
      copyOf: source.shape, from: Placement(in: source.shape),
      to: Placement(in: whole, at: box.start, steps: box.steps), fill: fill)
    let y = try plan.run(kernel, reading: [(.source, source)], writing: .destination)
    return try seen(y, as: shape, like: x, stored: source.shape)
  }
}

/// A tensor with interleaved channels as a last axis, seen as one of their shape.
func seen(_ y: Operand, as shape: Shape, like x: Operand, stored: Shape) throws(EngineError) -> Operand {
  stored.rank == shape.rank ? y : y.viewed(as: shape, layout: try x.layout.alike(shape))
}
