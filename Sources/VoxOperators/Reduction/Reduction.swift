import VoxTensor

/// Which axes an operator reduces, and whether they stay as axes of extent 1.
struct ReducedAxes: Sendable {
  private let axes: [Int]?
  private let keeps: Bool
  private let ignoresNone: Bool

  /// Reads `axes`, `keepdims` and `noop_with_empty_axes`.
  init(_ attributes: inout Attributes) throws(EngineError) {
    axes = try attributes.integers("axes")
    keeps = try attributes.integer("keepdims", default: 1) != 0
    ignoresNone = try attributes.integer("noop_with_empty_axes", default: 0) != 0
  }

  /// All axes from the third on, which stay.
  static var spatial: ReducedAxes { ReducedAxes() }

  private init() { (axes, keeps, ignoresNone) = (nil, true, false) }

  /// The shape with extent 1 at the reduced axes, and the shape of the output.
  ///
  /// - Parameter isSpatial: whether all axes from the third on are meant, and no others.
  func shapes(
    _ inputs: [Fact?], isSpatial: Bool = false
  ) throws(EngineError) -> (kept: Shape, output: Shape, axes: Set<Int>) {
    let x = try fact(inputs, 0).shape
    var listed = optional(inputs, 1) == nil ? axes ?? [] : try integers(inputs, 1)
    if isSpatial {
      guard x.rank >= 3 else { throw EngineError(.malformed, "expected [N, C, D1...Dk], found shape \(x)") }
      listed = Array(2..<x.rank)
    } else if listed.isEmpty, !ignoresNone {
      listed = Array(0..<x.rank)
    }
    let reduced = try resolved(axes: listed, rank: x.rank)
    let kept = Shape(x.extents.indices.map { reduced.contains($0) ? 1 : x[$0] })
    let rest = x.extents.indices.filter { !reduced.contains($0) }.map { x[$0] }
    return (kept, keeps ? kept : Shape(rest), reduced)
  }
}

/// An operator that makes one value of all values along some axes.
///
/// - Inputs: `x`; `axes`, integers known at load, optional; an attribute in older operator sets. All axes by default.
/// - Outputs: the shape of `x`, the axes being of extent 1 or gone.
protocol Reduction: Operator {
  var axes: ReducedAxes { get }
  /// Whether the operator reduces the spatial axes, whatever its attributes.
  static var isSpatial: Bool { get }

  /// The value of integers; `nil` where the operator has none of its own.
  static func integers(_ values: [Int64]) throws(EngineError) -> Int64?

  /// Emits the reduction to a shape of the same rank.
  func lower(
    _ x: Operand, to kept: Shape, axes: Set<Int>, into plan: PlanBuilder
  ) throws(EngineError) -> Lowered
}

extension Reduction {
  static var arity: ClosedRange<Int> { 1...2 }
  static var isSpatial: Bool { false }

  static func integers(_ values: [Int64]) throws(EngineError) -> Int64? { nil }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    [try axes.shapes(inputs, isSpatial: Self.isSpatial).output]
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let literal = try fact(inputs, 0).literal, case .integers = literal.values else { return nil }
    let (kept, output, reduced) = try axes.shapes(inputs, isSpatial: Self.isSpatial)
    let order = literal.shape.extents.indices.filter { !reduced.contains($0) } + reduced.sorted()
    let strides = literal.shape.strides
    let rows = literal.strided(Shape(order.map { literal.shape[$0] }), strides: order.map { strides[$0] })
    guard case .integers(let values) = rows.values, kept.count > 0 else { return nil }
    let length = values.count / kept.count
    var results: [Int64] = []
    for row in 0..<kept.count {
      guard let result = try Self.integers(Array(values[(row * length)..<((row + 1) * length)])) else { return nil }
      results.append(result)
    }
    return [Literal(output, integers: results)]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let facts = inputs.map { $0.map { Fact(shape: $0.shape, literal: $0.literal) } }
    let (kept, output, reduced) = try axes.shapes(facts, isSpatial: Self.isSpatial)
    let rest = [Operand?](repeating: nil, count: inputs.count - 1)
    if x.shape.rank == 0 || kept == x.shape {
      return Lowered([try plan.reshaped(x, to: output)]) { cotangents, plan throws(EngineError) in
        [try cotangents[0].map { dy throws(EngineError) in try plan.reshaped(dy, to: x.shape) }] + rest
      }
    }
    let lowered = try lower(x, to: kept, axes: reduced, into: plan)
    return Lowered([try plan.reshaped(lowered.outputs[0], to: output)]) { cotangents, plan throws(EngineError) in
      let dy = try cotangents[0].map { dy throws(EngineError) in try plan.reshaped(dy, to: kept) }
      return try lowered.pullback([dy], plan) + rest
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { Double(inputs.first??.count ?? 0) }
}

/// Emits a sum over axes times a factor; its derivative repeats the cotangent.
func loweredSum(_ x: Operand, to kept: Shape, factor: Float, into plan: PlanBuilder) throws(EngineError) -> Lowered {
  let sum = try scaled(try Broadcast.reduced(x, to: kept, in: plan), factor, in: plan)
  return Lowered([sum]) { cotangents, plan throws(EngineError) in
    guard let dy = cotangents[0] else { return [nil] }
    return [try Broadcast.repeated(try scaled(dy, factor, in: plan), to: x.shape, in: plan)]
  }
}

/// Emits the maximum over axes; its derivative goes to the first largest element.
func loweredMaximum(
  _ x: Operand, to kept: Shape, axes: Set<Int>, into plan: PlanBuilder
) throws(EngineError) -> Lowered {
  let order = x.shape.extents.indices.filter { !axes.contains($0) } + axes.sorted()
  let sorted = try permuted(x, order, in: plan)
  let matrix: Shape = [kept.count, x.shape.count / kept.count]
  let results = try plan.run(
    try Kernel(rowMaxima: matrix), reading: [(.source, try plan.reshaped(sorted, to: matrix))],
    writing: [.destination, .workspace])
  return Lowered([try plan.reshaped(results[0], to: kept)]) { cotangents, plan throws(EngineError) in
    guard let dy = cotangents[0] else { return [nil] }
    let rows = try plan.run(
      try Kernel(vjpOfRowMaxima: matrix),
      reading: [(.destinationCotangent, try plan.reshaped(dy, to: [matrix[0]])), (.workspace, results[1])],
      writing: .sourceCotangent)
    return [try permuted(try plan.reshaped(rows, to: sorted.shape), inverse(order), in: plan)]
  }
}
