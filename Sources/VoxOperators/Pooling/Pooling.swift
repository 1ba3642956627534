import VoxTensor

/// Emits a pooling and its derivative.
///
/// - Parameter kind: how a window becomes one value.
func lowered(
  _ kind: PoolingKind, _ x: Operand, window: SpatialWindow, roundingUp: Bool, into plan: PlanBuilder
) throws(EngineError) -> Lowered {
  let (resolved, output) = try pooled(x.shape, window: window, roundingUp: roundingUp)
  let extents = Array(x.shape.extents.dropFirst(2))
  var problem = PoolingProblem(
    output: Array(output.extents.dropFirst(2)), kernel: resolved.kernel, strides: resolved.strides,
    padsLow: resolved.padsLow, padsHigh: resolved.padsHigh, kind: kind)
  for axis in extents.indices {
    // Rounding up lets the last window hang over the padded end.
    let covered = (problem.output[axis] - 1) * problem.strides[axis] + problem.kernel[axis]
    problem.padsHigh[axis] = covered - extents[axis] - problem.padsLow[axis]
  }
  let results = try plan.run(
    try Kernel(pooling: problem, x.layout), reading: [(.source, x)],
    writing: kind == .maximum ? [.destination, .workspace] : [.destination])
  let y = results[0]
  return Lowered([y]) { cotangents, plan throws(EngineError) in
    guard let dy = cotangents[0] else { return [nil] }
    var reading: [(Kernel.Slot, Operand)] = [(.destinationCotangent, dy)]
    if results.count > 1 { reading.append((.workspace, results[1])) }
    let kernel = try Kernel(vjpOfPooling: problem, source: x.layout, destination: y.layout)
    return [try plan.run(kernel, reading: reading, writing: .sourceCotangent)]
  }
}

/// The window over a tensor's spatial axes and the shape of the pooled tensor.
func pooled(
  _ x: Shape, window: SpatialWindow, roundingUp: Bool
) throws(EngineError) -> (SpatialWindow.Resolved, Shape) {
  guard x.rank >= 3 else { throw EngineError(.malformed, "expected [N, C, D1...Dk], found shape \(x)") }
  let extents = Array(x.extents.dropFirst(2))
  let resolved = try window.resolved(over: extents)
  guard resolved.dilations.allSatisfy({ $0 == 1 }) else {
    throw EngineError(.unsupported, "expected 1, found \(resolved.dilations)", at: .attribute("dilations"))
  }
  for axis in extents.indices where max(resolved.padsLow[axis], resolved.padsHigh[axis]) >= resolved.kernel[axis] {
    throw EngineError(.malformed, "expected pads smaller than the kernel", at: .attribute("pads"))
  }
  return (resolved, Shape(x.extents.prefix(2) + (try resolved.outputExtents(over: extents, roundingUp: roundingUp))))
}
