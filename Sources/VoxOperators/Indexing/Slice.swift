import VoxTensor

/// `Slice` (ai.onnx, since opset 1): elements between two places along some axes, in steps.
///
/// - Inputs: `data`; from opset 10 `starts`, `ends`, `axes`, `steps`, integers known at load, the last two optional;
///   attributes before.
/// - Outputs: the elements; negative places count from the end, places beyond it are moved to it.
/// - VJP: `dy` at the places of the elements, 0 elsewhere; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Slice.html>.
struct Slice: Operator {
  static let name = "Slice"
  static let since = 1
  static let arity = 1...5

  private let starts: [Int]?
  private let ends: [Int]?
  private let axes: [Int]?
  /// Which elements; set where this is a slice of a slice.
  private let known: Box?

  init(_ attributes: inout Attributes) throws(EngineError) {
    starts = try attributes.integers("starts")
    ends = try attributes.integers("ends")
    axes = try attributes.integers("axes")
    known = nil
  }

  private init(_ box: Box) { (starts, ends, axes, known) = (nil, nil, nil, box) }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] { [Shape(try box(inputs).extents)] }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let literal = try fact(inputs, 0).literal else { return nil }
    let box = try box(inputs)
    let strides = literal.shape.strides
    let offset = zip(box.start, strides).reduce(0) { $0 + $1.0 * $1.1 }
    return [
      literal.strided(Shape(box.extents), strides: zip(box.steps, strides).map { $0 * $1 }, offset: offset)
    ]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let box = try box(inputs.map { $0.map { Fact(shape: $0.shape, literal: $0.literal) } })
    let rest = [Operand?](repeating: nil, count: inputs.count - 1)
    return Lowered([try box.cut(from: x, in: plan)]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil] + rest }
      return [try box.placed(dy, in: x.shape, plan: plan)] + rest
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }

  /// Exporters cut axis by axis: a slice of a slice is one slice.
  func preceded(by makers: [Maker?], _ inputs: [Fact?]) throws(EngineError) -> (any Operator)? {
    guard let maker = makers.first ?? nil else { return nil }
    if let slice = maker.operator as? Slice { return Slice(try slice.box(maker.inputs).part(try box(inputs))) }
    return (maker.operator as? FusedSlices)?.part(try box(inputs))
  }

  /// Which elements of the first input it takes.
  func box(_ inputs: [Fact?]) throws(EngineError) -> Box {
    if let known { return known }
    let x = try fact(inputs, 0).shape
    let starts = try list(inputs, 1) ?? starts
    let ends = try list(inputs, 2) ?? ends
    guard let starts, let ends else { throw EngineError(.malformed, "expected starts and ends, found none") }
    let axes = try list(inputs, 3) ?? axes ?? Array(starts.indices)
    let steps = try list(inputs, 4) ?? [Int](repeating: 1, count: starts.count)
    guard [ends, axes, steps].allSatisfy({ $0.count == starts.count }) else {
      throw EngineError(
        .malformed, "expected one start, end, axis and step per axis, found \(starts), \(ends), \(axes), \(steps)")
    }
    _ = try resolved(axes: axes, rank: x.rank)
    var box = Box(
      start: [Int](repeating: 0, count: x.rank), steps: [Int](repeating: 1, count: x.rank), extents: x.extents)
    for (position, axis) in axes.enumerated() {
      let axis = try resolved(axis: axis, rank: x.rank)
      let (extent, step) = (x[axis], steps[position])
      guard step != 0, step != .min else {
        throw EngineError(.malformed, "expected steps other than 0, found \(steps)")
      }
      // Going backwards, an end before the first element is -1.
      let (least, most) = step > 0 ? (0, extent) : (-1, extent - 1)
      let bounded = { (place: Int) in min(max(place < 0 ? place + extent : place, least), most) }
      let (start, end) = (bounded(starts[position]), bounded(ends[position]))
      let distance = step > 0 ? end - start : start - end
      let count = distance > 0 ? (distance - 1) / abs(step) + 1 : 0
      (box.start[axis], box.steps[axis], box.extents[axis]) = (max(start, 0), step, count)
      if box.extents[axis] <= 1 { box.steps[axis] = 1 }
    }
    return box
  }

  private func list(_ inputs: [Fact?], _ position: Int) throws(EngineError) -> [Int]? {
    optional(inputs, position) == nil ? nil : try integers(inputs, position)
  }
}
