import VoxTensor

/// `Pad` (ai.onnx, since opset 2): elements put before and after each axis, or taken away where there are fewer than 0.
///
/// - Inputs: `data`; from opset 11 `pads`, `constant_value` and, from 18, `axes`, known at load, the last two optional;
///   attributes before.
/// - Outputs: each extent with its pads.
/// - VJP: `dy` added up at the elements that were put there, the transposed map; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Pad.html>.
struct Pad: Operator {
  static let name = "Pad"
  static let since = 2
  static let arity = 1...4

  /// What the new elements are.
  private enum Mode: String {
    case constant, edge, reflect, wrap

    /// The element of an axis that stands at a place outside it.
    func source(_ place: Int, extent: Int) -> Int {
      switch self {
      case .constant, .edge: return min(max(place, 0), extent - 1)
      case .wrap: return (place % extent + extent) % extent
      case .reflect:
        let period = max(1, 2 * (extent - 1))
        let phase = (place % period + period) % period
        return min(phase, period - phase)
      }
    }
  }

  private let mode: Mode
  private let pads: [Int]?
  private let value: Float

  init(_ attributes: inout Attributes) throws(EngineError) {
    let name = try attributes.string("mode", default: "constant")
    guard let mode = Mode(rawValue: name) else {
      throw EngineError(
        .malformed, "expected constant, edge, reflect or wrap, found \(name)", at: .attribute("mode"))
    }
    self.mode = mode
    pads = try attributes.integers("pads")
    value = try attributes.float("value", default: 0)
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let x = try fact(inputs, 0).shape
    let (low, high) = try amounts(inputs)
    _ = try fill(inputs)
    return [Shape(x.extents.indices.map { x[$0] + low[$0] + high[$0] })]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let facts = inputs.map { $0.map { Fact(shape: $0.shape, literal: $0.literal) } }
    let x = try input(inputs, 0)
    let (low, high) = try amounts(facts)
    let padded =
      mode == .constant
      ? try withConstant(x, low, high, try fill(facts), in: plan) : try withElements(x, low, high, in: plan)
    let rest = [Operand?](repeating: nil, count: inputs.count - 1)
    return Lowered(padded.outputs) { cotangents, plan throws(EngineError) in
      try padded.pullback(cotangents, plan) + rest
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }

  /// What is cut away is cut away first, so that only elements are added.
  private func withConstant(
    _ x: Operand, _ low: [Int], _ high: [Int], _ fill: Float, in plan: PlanBuilder
  ) throws(EngineError) -> Lowered {
    let ones = [Int](repeating: 1, count: x.shape.rank)
    let kept = Box(
      start: low.map { max(0, -$0) }, steps: ones,
      extents: x.shape.extents.indices.map { x.shape[$0] + min(0, low[$0]) + min(0, high[$0]) })
    guard kept.extents.allSatisfy({ $0 > 0 }) else {
      throw EngineError(.unsupported, "expected pads that leave elements of shape \(x.shape), found \(low) and \(high)")
    }
    let placed = Box(start: low.map { max(0, $0) }, steps: ones, extents: kept.extents)
    let shape = Shape(x.shape.extents.indices.map { x.shape[$0] + low[$0] + high[$0] })
    let cut = kept.extents == x.shape.extents ? x : try kept.cut(from: x, in: plan)
    let y = try placed.placed(cut, in: shape, fill: fill, plan: plan)
    return Lowered([y]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil] }
      let inside = try placed.cut(from: dy, in: plan)
      return [kept.extents == x.shape.extents ? inside : try kept.placed(inside, in: x.shape, plan: plan)]
    }
  }

  /// Repeats elements of each axis in turn.
  private func withElements(
    _ x: Operand, _ low: [Int], _ high: [Int], in plan: PlanBuilder
  ) throws(EngineError) -> Lowered {
    var maps: [(axis: Int, map: AxisMap)] = []
    var y = x
    for axis in x.shape.extents.indices where low[axis] != 0 || high[axis] != 0 {
      let (extent, first) = (x.shape[axis], -low[axis])
      let map = try AxisMap(inputs: extent, outputs: extent + low[axis] + high[axis]) { place in
        [AxisMap.Tap(mode.source(first + place, extent: extent))]
      }
      maps.append((axis, map))
      y = try mapped(y, map, along: axis, in: plan)
    }
    return Lowered([y]) { [maps] cotangents, plan throws(EngineError) in
      guard var dx = cotangents[0] else { return [nil] }
      for (axis, map) in maps.reversed() { dx = try mapped(dx, map.transposed, along: axis, in: plan) }
      return [dx]
    }
  }

  /// Elements before and after each axis.
  private func amounts(_ inputs: [Fact?]) throws(EngineError) -> (low: [Int], high: [Int]) {
    let x = try fact(inputs, 0).shape
    let given = optional(inputs, 1) == nil ? pads : try integers(inputs, 1)
    guard let given else { throw EngineError(.malformed, "expected pads, found none", at: .attribute("pads")) }
    let axes = optional(inputs, 3) == nil ? Array(0..<x.rank) : try integers(inputs, 3)
    guard given.count == 2 * axes.count, given.allSatisfy({ abs($0.clamped) <= 1 << 30 }) else {
      throw EngineError(.malformed, "expected two pads for each of \(axes.count) axes, found \(given)")
    }
    _ = try resolved(axes: axes, rank: x.rank)
    var (low, high) = ([Int](repeating: 0, count: x.rank), [Int](repeating: 0, count: x.rank))
    for (position, axis) in axes.enumerated() {
      let axis = try resolved(axis: axis, rank: x.rank)
      (low[axis], high[axis]) = (given[position], given[axes.count + position])
      guard x[axis] + low[axis] + high[axis] >= 1 else {
        throw EngineError(.malformed, "axis \(axis): pads \(given) leave nothing of \(x[axis]) elements")
      }
    }
    return (low, high)
  }

  private func fill(_ inputs: [Fact?]) throws(EngineError) -> Float {
    guard let fact = optional(inputs, 2) else { return value }
    return try scalar(fact, "a value to fill with")
  }
}

extension Int {
  /// The number, or one whose size is representable too.
  fileprivate var clamped: Int { self == .min ? .max : self }
}
