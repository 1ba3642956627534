import VoxTensor

/// `Conv` (ai.onnx, since opset 1): cross-correlation over one to three spatial axes.
///
/// - Inputs: `x` [N, C, D1...Dk]; `w` [O, C / groups, K1...Kk], a literal; `b` [O], a literal, optional.
/// - Outputs: `y` [N, O, E1...Ek].
/// - VJP: `dx` = transposed correlation of `dy` with `w`; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__Conv.html>.
struct Conv: Operator {
  static let name = "Conv"
  static let since = 1
  static let arity = 2...3

  private let window: SpatialWindow
  private let groups: Int

  init(_ attributes: inout Attributes) throws(EngineError) {
    window = try SpatialWindow(&attributes)
    groups = try groupCount(&attributes)
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let bias = inputs.count > 2 ? inputs[2] : nil
    return [try problem(try fact(inputs, 0).shape, try fact(inputs, 1).shape, bias: bias?.shape).output]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let (x, w) = (try input(inputs, 0), try input(inputs, 1))
    let bias = inputs.count > 2 ? inputs[2] : nil
    let problem = try problem(x.shape, w.shape, bias: bias?.shape)
    return try lowered(problem, inputs, weights: try grouped(w, in: plan), into: plan)
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double {
    guard inputs.count > 1, let weights = inputs[1] else { return 0 }
    return 2 * Double(outputs[0].count) * Double(weights.extents.dropFirst().reduce(1, *))
  }

  /// The weights with an axis of groups where there is more than one.
  private func grouped(_ w: Operand, in plan: PlanBuilder) throws(EngineError) -> Operand {
    if groups == 1 { return w }
    return try plan.reshaped(w, to: Shape([groups, w.shape[0] / groups] + w.shape.extents.dropFirst()))
  }

  private func problem(_ x: Shape, _ w: Shape, bias: Shape?) throws(EngineError) -> ConvolutionProblem {
    guard x.rank == w.rank, x.rank >= 3 else {
      throw EngineError(.malformed, "expected input and weights of one rank from 3, found \(x) and \(w)")
    }
    guard w[0] % groups == 0, x[1] == w[1] * groups else {
      throw EngineError(
        .malformed,
        "weight expects \(w[1] * groups) input channels in \(groups) groups, got \(x[1]); input \(x), weight \(w)")
    }
    if let bias, bias != [w[0]] {
      throw EngineError(.malformed, "expected a bias of shape [\(w[0])], found \(bias)")
    }
    let extents = Array(x.extents.dropFirst(2))
    let window = try window.resolved(over: extents, weights: Array(w.extents.dropFirst(2)))
    return ConvolutionProblem(
      input: x, output: Shape([x[0], w[0]] + (try window.outputExtents(over: extents))), kernel: window.kernel,
      strides: window.strides, dilations: window.dilations, padsLow: window.padsLow, padsHigh: window.padsHigh,
      groups: groups, hasBias: bias != nil, isTransposed: false)
  }
}
