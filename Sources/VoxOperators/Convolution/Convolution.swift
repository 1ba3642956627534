import VoxTensor

/// Emits a convolution, or a transposed one, and its derivative with respect to the input.
///
/// - Parameters:
///   - inputs: input, weights and, where there is one, bias.
///   - weights: the weights as [(G,) O / groups, C / groups, kernel].
func lowered(
  _ problem: ConvolutionProblem, _ inputs: [Operand?], weights: Operand, into plan: PlanBuilder
) throws(EngineError) -> Lowered {
  let bias = inputs.count > 2 ? inputs[2] : nil
  guard weights.literal != nil, bias.map({ $0.literal != nil }) ?? true else {
    throw EngineError(.unsupported, "expected weights that are part of the file, found computed ones")
  }
  var reading: [(Kernel.Slot, Operand)] = [(.source, try input(inputs, 0)), (.weights, weights)]
  if let bias { reading.append((.bias, bias)) }
  let made = try plan.run(try Kernel(convolution: problem, plan.precision), reading: reading, writing: .destination)
  // Where padding is more than a third of the values, all that follows is better off without.
  let bytes = 4 * made.shape.count
  let y = 3 * (made.layout.bytes - bytes) > bytes ? try plan.dense(made) : made
  let rest = [Operand?](repeating: nil, count: inputs.count - 1)
  return Lowered([y], takesOuterProducts: true) { cotangents, plan throws(EngineError) in
    guard let dy = cotangents[0] else { return [nil] + rest }
    if problem.isOfPoints, let dx = try plan.outerProduct(dy, weights) { return [dx] + rest }
    let dx = try plan.run(
      try Kernel(vjpOfConvolution: problem, plan.precision, ofOneChannel: dy.isOneChannel),
      reading: [(.destinationCotangent, dy), (.weights, weights)],
      writing: .sourceCotangent)
    return [dx] + rest
  }
}

extension ConvolutionProblem {
  /// Whether it is a matrix times the channels of every place.
  fileprivate var isOfPoints: Bool {
    (kernel + strides).allSatisfy { $0 == 1 } && (padsLow + padsHigh).allSatisfy { $0 == 0 } && groups == 1
      && !isTransposed
  }
}
