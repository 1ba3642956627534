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
  fileprivate func isSpatial(in shape: Shape) -> Bool {
    shape.rank >= 3 && (0..<2).allSatisfy { start[$0] == 0 && steps[$0] == 1 && extents[$0] == shape[$0] }
  }

  /// The box in a tensor with a further last axis of interleaved channels; axis 1 then counts their blocks.
  fileprivate func stored(in shape: Shape) -> Box {
    if shape.rank == start.count { return self }
    var extents = extents
    extents[1] = shape[1]
    return Box(
      start: start + [0], steps: steps + [1], extents: extents + [shape[shape.rank - 1]])
  }

  /// Emits a copy of the elements of the box.
  func cut(from x: Operand, in plan: PlanBuilder) throws(EngineError) -> Operand {
    let shape = Shape(extents)
    return try copied([(self, Box(all: shape))], of: x, to: shape, in: plan)
  }

  /// Emits a tensor of a shape that holds `x` in the box and a value elsewhere.
  func placed(
    _ x: Operand, in shape: Shape, fill: Float = 0, plan: PlanBuilder
  ) throws(EngineError) -> Operand {
    try copied([(Box(all: x.shape), self)], of: x, to: shape, fill: fill, in: plan)
  }
}

extension Box {
  /// All of a tensor.
  init(all shape: Shape) { self.init(at: shape.extents.map { _ in 0 }, of: shape.extents) }

  /// Elements next to each other.
  init(at start: [Int], of extents: [Int]) {
    self.init(start: start, steps: start.map { _ in 1 }, extents: extents)
  }
}

/// Emits a tensor of a shape that holds boxes of `x` and a value elsewhere; what meets is summed.
///
/// - Parameter boxes: boxes of `x`, and those of the result that they become.
func copied(
  _ boxes: [(from: Box, to: Box)], of x: Operand, to shape: Shape, fill: Float = 0, in plan: PlanBuilder
) throws(EngineError) -> Operand {
  var (meets, known) = ([Bool](), [Box]())
  for (_, box) in boxes {
    meets.append(known.contains { $0.mayMeet(box) })
    known.append(box)
  }
  let isCovered = !meets.contains(true) && known.reduce(0) { $0 + Shape($1.extents).count } == shape.count
  // Channels that pad a block must stay 0.
  let keeps =
    boxes.allSatisfy { $0.from.isSpatial(in: x.shape) && $0.to.isSpatial(in: shape) }
    && (isCovered || fill == 0 || !x.layout.isPadded)
  let source = try keeps ? plan.stored(x) : plan.dense(x)
  let isInterleaved = source.shape.rank > shape.rank
  var whole = shape
  if isInterleaved {
    whole = Shape(shape.extents + [source.shape[source.shape.rank - 1]])
    whole[1] = source.shape[1]
  }
  let copies = zip(boxes, meets).map { boxes, meets in
    let (from, to) = (boxes.from.stored(in: source.shape), boxes.to.stored(in: whole))
    return PlacedBox(
      Shape(to.extents), from: Placement(in: source.shape, at: from.start, steps: from.steps),
      to: Placement(in: whole, at: to.start, steps: to.steps), adds: meets)
  }
  let kernel = try Kernel(copies: copies, from: source.shape, to: whole, fill: isCovered ? nil : fill)
  let y = try plan.run(kernel, reading: [(.source, source)], writing: .destination)
  return isInterleaved ? y.viewed(as: shape, layout: try x.layout.alike(shape)) : y
}
