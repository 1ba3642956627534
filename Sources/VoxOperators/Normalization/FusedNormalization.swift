import VoxTensor

/// A normalization together with the scaling and the bend that follow it: no operator of ONNX, but what the compiler
/// makes of `InstanceNormalization` or `GroupNormalization`, `Mul`, `Add` and `Relu`, `LeakyRelu` or `PRelu` in a row,
/// and of the reshapes by which exporters write group normalization.
///
/// - Inputs: `x` [N, C, D1...Dk]; the others are those of the first operator and not read.
/// - Outputs: `y`, the shape of `x`.
/// - VJP: as for ``InstanceNormalization``; the tape keeps `x`, mean and variance, but nothing in between.
struct FusedNormalization: Operator {
  static let name = "FusedNormalization"
  static let since = 1
  static let arity = 1...3

  /// `groups` are those of one instance.
  private var normalization: ChannelNormalization
  /// One factor and one summand per channel.
  private var scale: [Float]
  private var shift: [Float]
  /// The shape of groups where the output is still in it.
  private var view: Shape?

  init(_ attributes: inout Attributes) throws(EngineError) {
    throw EngineError(.unsupported, "this operator is no operator of ONNX")
  }

  /// Takes over a normalization of [N, C, D1...Dk].
  ///
  /// - Parameter view: the shape of the output where it is not that of the input.
  init(_ normalization: ChannelNormalization, scale: [Float], shift: [Float], view: Shape? = nil) {
    (self.normalization, self.scale, self.shift, self.view) = (normalization, scale, shift, view)
  }

  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape] {
    if let view { return [view] }
    return [try fact(inputs, 0).shape]
  }

  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered {
    let x = try input(inputs, 0)
    let lowered = try lowered(normalization, x, scale: scale, shift: shift, into: plan)
    let y = try plan.reshaped(lowered.outputs[0], to: view ?? x.shape)
    let rest = [Operand?](repeating: nil, count: inputs.count - 1)
    return Lowered([y], takesOuterProducts: true) { cotangents, plan throws(EngineError) in
      guard let dy = cotangents[0] else { return [nil] + rest }
      return try lowered.pullback([try plan.reshaped(dy, to: x.shape)], plan) + rest
    }
  }

  /// Six operations per element: three for the moments, three for the result.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { outputs.reduce(0) { $0 + 6 * Double($1.count) } }

  func followed(by next: Follower, _ inputs: [Fact?]) throws(EngineError) -> (any Operator)? {
    let shape = try fact(inputs, 0).shape
    var larger = self
    if view != nil {
      guard let reshape = next.operator as? Reshape, next.position == 0,
        try reshape.outputShape(next.inputs) == shape
      else { return nil }
      larger.view = nil
      return larger
    }
    guard normalization.slopes == nil else { return nil }
    if next.operator is Mul || next.operator is Add {
      guard let values = next.partner.flatMap({ perChannel($0, of: shape) }) else { return nil }
      if next.operator is Mul {
        larger.scale = zip(scale, values).map { $0 * $1 }
        larger.shift = zip(shift, values).map { $0 * $1 }
      } else {
        larger.shift = zip(shift, values).map { $0 + $1 }
      }
      return larger
    }
    guard next.position == 0, let slopes = slopes(of: next.operator, next.inputs, shape) else { return nil }
    larger.normalization.slopes = slopes
    return larger
  }
}

/// Emits a normalization of [N, C, D1...Dk] and its derivative; groups, scale and shift are those of one instance.
func lowered(
  _ normalization: ChannelNormalization, _ original: Operand, scale: [Float], shift: [Float], into plan: PlanBuilder
) throws(EngineError) -> Lowered {
  // Instances are independent, so that the channels of several instances are channels of one.
  let shape = original.shape
  var merged = shape
  (merged[0], merged[1]) = (1, shape[0] * shape[1])
  func repeated(_ values: [Float]) -> [Float] { [[Float]](repeating: values, count: shape[0]).flatMap(\.self) }
  var wide = normalization
  wide.groups *= shape[0]
  wide.slopes = normalization.slopes.map(repeated)
  let factors = try plan.constant(Literal([merged[1]], floats: repeated(scale)))
  let summands = try plan.constant(Literal([merged[1]], floats: repeated(shift)))
  let x = try plan.reshaped(original, to: merged)
  let results = try plan.run(
    try Kernel(normalization: wide, of: x.layout), reading: [(.source, x), (.scale, factors), (.shift, summands)],
    writing: [.destination, .mean, .variance])
  return Lowered(
    [try plan.reshaped(results[0], to: shape)], takesOuterProducts: true
  ) { cotangents, plan throws(EngineError) in
    guard let dy = try cotangents[0].map({ given throws(EngineError) in try plan.reshaped(given, to: merged) }) else {
      return [nil]
    }
    let dx = try plan.run(
      try Kernel(vjpOf: wide, of: x.layout, cotangent: dy),
      reading: [
        (.source, x), (.mean, results[1]), (.variance, results[2]), (.scale, factors), (.shift, summands),
        (.destinationCotangent, dy),
      ],
      writing: .sourceCotangent)
    return [try plan.reshaped(dx, to: shape)]
  }
}

/// A literal that broadcasts along every axis but that of the channels, one value per channel; `nil` for any other.
private func perChannel(_ literal: Literal, of shape: Shape) -> [Float]? {
  guard literal.shape.rank <= shape.rank else { return nil }
  if literal.shape.count == 1 { return [Float](repeating: literal.floats[0], count: shape[1]) }
  let padded = Broadcast.padded(literal.shape, rank: shape.rank)
  guard padded[1] == shape[1], padded.count == shape[1] else { return nil }
  return literal.floats
}

/// What an activation multiplies values below zero by, per channel; `nil` for operators that do something else.
private func slopes(of activation: any Operator, _ inputs: [Fact?], _ shape: Shape) -> [Float]? {
  if let activation = activation as? any Elementwise, case .relu(let slope) = activation.function {
    return [Float](repeating: slope, count: shape[1])
  }
  guard activation is PRelu, inputs.count == 2 else { return nil }
  return inputs[1]?.literal.flatMap { perChannel($0, of: shape) }
}

/// The floats of an input that must be part of the file.
func floats(_ inputs: [Operand?], _ position: Int) throws(EngineError) -> [Float] {
  guard let literal = try input(inputs, position).literal else {
    throw EngineError(
      .unsupported, "input \(position): expected values that are part of the file, found computed ones")
  }
  return literal.floats
}
