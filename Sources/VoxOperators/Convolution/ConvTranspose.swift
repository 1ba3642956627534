import VoxTensor

/// `ConvTranspose` (ai.onnx, since opset 1): the transpose of a convolution over one to three spatial axes.
///
/// - Inputs: `x` [N, C, D1...Dk]; `w` [C, O / groups, K1...Kk], a literal; `b` [O], a literal, optional.
/// - Outputs: `y` [N, O, E1...Ek], `E = stride * (D - 1) + output_padding + (K - 1) * dilation + 1 - pads`.
/// - VJP: `dx` = correlation of `dy` with `w`; the tape keeps nothing.
/// - Source: <https://onnx.ai/onnx/operators/onnx__ConvTranspose.html>.
struct ConvTranspose: Operator {
  static let name = "ConvTranspose"
  static let since = 1
  static let arity = 2...3

  private let window: SpatialWindow
  private let groups: Int
  private let outputPadding: [Int]?

  init(_ attributes: inout Attributes) throws(EngineError) {
    window = try SpatialWindow(&attributes)
    groups = try groupCount(&attributes)
    outputPadding = try attributes.integers("output_padding")
    if window.isAutomatic {
      throw EngineError(.unsupported, "expected explicit pads", at: .attribute("auto_pad"))
    }
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    let bias = inputs.count > 2 ? inputs[2] : nil
    return [try problem(try fact(inputs, 0).shape, try fact(inputs, 1).shape, bias: bias?.shape).output]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let (x, w) = (try input(inputs, 0), try input(inputs, 1))
    let bias = inputs.count > 2 ? inputs[2] : nil
    let problem = try problem(x.shape, w.shape, bias: bias?.shape)
    return try lowered(problem, inputs, weights: try outputFirst(w), into: plan)
  }

  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double {
    guard inputs.count > 1, let x = inputs[0], let weights = inputs[1] else { return 0 }
    return 2 * Double(x.count) * Double(weights.extents.dropFirst().reduce(1, *))
  }

  /// The weights as [(G,) O / groups, C / groups, kernel]: another view of the same elements.
  private func outputFirst(_ w: Operand) throws(EngineError) -> Operand {
    let extents = w.shape.extents
    let blocked = Shape([groups, extents[0] / groups] + extents.dropFirst())
    var (shape, strides) = (blocked.extents, blocked.strides)
    shape.swapAt(1, 2)
    strides.swapAt(1, 2)
    if groups == 1 { (shape, strides) = (Array(shape.dropFirst()), Array(strides.dropFirst())) }
    return w.viewed(as: Shape(shape), layout: try Layout(dense: Shape(shape), strides: strides))
  }

  private func problem(_ x: Shape, _ w: Shape, bias: Shape?) throws(EngineError) -> ConvolutionProblem {
    guard x.rank == w.rank, x.rank >= 3 else {
      throw EngineError(.malformed, "expected input and weights of one rank from 3, found \(x) and \(w)")
    }
    guard x[1] == w[0], w[0] % groups == 0 else {
      throw EngineError(
        .malformed, "weight expects \(w[0]) input channels in \(groups) groups, got \(x[1]); input \(x), weight \(w)")
    }
    let channels = w[1] * groups
    if let bias, bias != [channels] {
      throw EngineError(.malformed, "expected a bias of shape [\(channels)], found \(bias)")
    }
    let extents = Array(x.extents.dropFirst(2))
    var window = try window.resolved(over: extents, weights: Array(w.extents.dropFirst(2)))
    let extra = outputPadding ?? [Int](repeating: 0, count: extents.count)
    guard extra.count == extents.count, zip(extra, window.strides).allSatisfy({ (0..<max($1, 1)).contains($0) }) else {
      throw EngineError(
        .malformed, "expected \(extents.count) values from 0 and below the strides, found \(extra)",
        at: .attribute("output_padding"))
    }
    var output: [Int] = []
    for axis in extents.indices {
      window.padsHigh[axis] -= extra[axis]
      let extent =
        window.strides[axis] * (extents[axis] - 1) + window.reach(axis) - window.padsLow[axis] - window.padsHigh[axis]
      guard extent > 0 else {
        throw EngineError(.malformed, "spatial axis \(axis): the pads leave no output", at: .attribute("pads"))
      }
      output.append(extent)
    }
    return ConvolutionProblem(
      input: x, output: Shape([x[0], channels] + output), kernel: window.kernel, strides: window.strides,
      dilations: window.dilations, padsLow: window.padsLow, padsHigh: window.padsHigh, groups: groups,
      hasBias: bias != nil, isTransposed: true)
  }
}
