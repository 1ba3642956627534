import VoxTensor

/// `Tile` (ai.onnx, since opset 6): a tensor repeated as a whole along its axes.
///
/// - Inputs: `x`; `repeats`, one integer per axis, known at load.
/// - Outputs: each extent times its repeats.
/// - VJP: the sum of `dy` over the repeats; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Tile.html>.
struct Tile: Operator {
  static let name = "Tile"
  static let since = 6
  static let arity = 2...2

  init(_ attributes: inout Attributes) throws(EngineError) {}

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    [try tiling(try fact(inputs, 0).shape, try integers(inputs, 1)).whole]
  }

  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? {
    guard let literal = try fact(inputs, 0).literal else { return nil }
    let tiling = try tiling(literal.shape, try integers(inputs, 1))
    try Literal.expectComputable(tiling.whole)
    return [literal.reshaped(tiling.single).broadcast(to: tiling.repeated).reshaped(tiling.whole)]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let tiling = try tiling(x.shape, try input(inputs, 1).literal?.integers ?? [])
    let single = try plan.reshaped(x, to: tiling.single)
    let y = try plan.reshaped(try Broadcast.repeated(single, to: tiling.repeated, in: plan), to: tiling.whole)
    return Lowered([y]) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil, nil] }
      let sum = try Broadcast.reduced(
        try plan.reshaped(dy, to: tiling.repeated), to: tiling.single, in: plan)
      return [try plan.reshaped(sum, to: x.shape), nil]
    }
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { 0 }

  /// The input with an axis of extent 1 before every axis that is repeated, the same with the repeats there, and the
  /// output.
  private func tiling(
    _ x: Shape, _ repeats: [Int]
  ) throws(EngineError) -> (single: Shape, repeated: Shape, whole: Shape) {
    guard repeats.count == x.rank, repeats.allSatisfy({ (1...1 << 20).contains($0) }) else {
      throw EngineError(.malformed, "input 1: expected a positive number per axis of \(x), found \(repeats)")
    }
    var (single, repeated, whole): ([Int], [Int], [Int]) = ([], [], [])
    for (extent, times) in zip(x.extents, repeats) {
      if times > 1, extent > 1 {
        single.append(1)
        repeated.append(times)
      }
      single.append(extent)
      repeated.append(extent == 1 ? times : extent)
      let (product, overflow) = extent.multipliedReportingOverflow(by: times)
      guard !overflow else { throw EngineError(.malformed, "input 1: repeats \(repeats) of \(x) are too many") }
      whole.append(product)
    }
    return (Shape(single), Shape(repeated), Shape(whole))
  }
}
