/// Collects the kernels of a forward pass and, where wanted, of its reverse pass.
public final class PlanBuilder {
  let constants: ConstantStore
  /// What convolutions and matrix products compute in.
  public let precision: Precision
  private var steps: [Schedule.Step] = []
  private var constantMemories: [Memory] = []
  private var buffers: [Layout] = []
  private var reorders: [Operand.Place: [(from: Layout, to: Operand)]] = [:]
  /// Cotangents that rectifiers' derivatives have been applied to, by the signs of these and what was there before.
  private var knownRectified: [[Operand.Place]: Operand] = [:]
  private var reverseStart: Int?
  /// What a caller reads between the passes.
  private var output: Int?
  /// Position in the graph of the node whose kernels are being emitted.
  var node = 0

  init(constants: ConstantStore, precision: Precision = .f32) {
    (self.constants, self.precision) = (constants, precision)
  }

  // MARK: What operators call

  /// A literal as an operand in dense C order.
  public func constant(_ literal: Literal) throws(EngineError) -> Operand {
    Operand(
      .literal(constants.newIdentity()), layout: try Layout(dense: literal.shape), shape: literal.shape,
      literal: literal)
  }

  /// Runs a kernel: brings what it reads into the layouts it wants and allocates what it writes.
  ///
  /// Of an outer product a kernel that knows what to do with a `row` of factors reads the plane, any other one the
  /// whole; so it is with `signs` and a rectifier's derivative.
  ///
  /// - Parameters:
  ///   - reading: one operand per slot that is an input.
  ///   - writing: the slots that are outputs.
  /// - Returns: one operand per slot of `writing`, in its order.
  public func run(
    _ kernel: Kernel, reading: [(Kernel.Slot, Operand)], writing: [Kernel.Slot]
  ) throws(EngineError) -> [Operand] {
    var arguments: [(slot: Kernel.Slot, place: Operand.Place)] = []
    for (slot, operand) in reading {
      guard let wanted = kernel.layout(slot) else { continue }
      if operand.isWhole || !kernel.takes(operand) {
        arguments.append((slot, try laidOut(operand, as: wanted).place))
        continue
      }
      let held = Operand(operand.place, layout: operand.layout, shape: operand.layout.shape)
      arguments.append((slot, try laidOut(held, as: wanted).place))
      if let rectification = operand.rectification { arguments.append((.signs, rectification.signs.place)) }
      guard let factors = operand.factors, let row = kernel.layout(.row) else { continue }
      arguments.append((.row, try laidOut(factors.number, as: row).place))
      if let matrix = factors.matrix, let layout = kernel.layout(.factors) {
        arguments.append((.factors, try laidOut(matrix, as: layout).place))
      }
    }
    var results: [Operand] = []
    for slot in writing {
      guard let layout = kernel.layout(slot) else {
        throw EngineError(.internal, "\(kernel.implementation) writes no \(slot)")
      }
      let result = allocate(layout)
      arguments.append((slot, result.place))
      results.append(result)
    }
    append(kernel, arguments)
    return results
  }

  /// Runs a kernel with one output.
  public func run(
    _ kernel: Kernel, reading: [(Kernel.Slot, Operand)], writing slot: Kernel.Slot
  ) throws(EngineError) -> Operand {
    try run(kernel, reading: reading, writing: [slot])[0]
  }

  /// The operand in another layout of the same shape; itself where it is in that layout already.
  public func laidOut(_ operand: Operand, as layout: Layout) throws(EngineError) -> Operand {
    if case .literal(let identity) = operand.place, let literal = operand.literal {
      constantMemories.append(
        try constants.memory(literal, identity: identity, seen: operand.layout, wanted: layout))
      return Operand(
        .constant(constantMemories.count - 1), layout: layout, shape: operand.shape, literal: literal)
    }
    if operand.rectification != nil { return try laidOut(try rectified(operand), as: layout) }
    if operand.isOuterProduct { return try wholeProduct(operand, as: layout) }
    if operand.layout == layout { return operand }
    let known = reorders[operand.place]?.first { $0.from == operand.layout && $0.to.layout == layout }
    if let known { return known.to }
    let result = allocate(layout, shape: operand.shape)
    append(
      try Kernel(reorder: operand.layout, to: layout), [(.source, operand.place), (.destination, result.place)])
    reorders[operand.place, default: []].append((operand.layout, result))
    return result
  }

  /// The operand in dense C order.
  public func dense(_ operand: Operand) throws(EngineError) -> Operand {
    try laidOut(operand, as: try Layout(dense: operand.shape))
  }

  /// The operand's memory as a dense tensor of its own: interleaved channels as a last axis, so that spatial axes keep
  /// their numbers and channels their places; in C order first where its memory cannot be seen that way.
  public func stored(_ operand: Operand) throws(EngineError) -> Operand {
    guard operand.literal == nil, let stored = operand.layout.stored else { return try dense(operand) }
    return operand.viewed(as: stored, layout: try Layout(dense: stored))
  }

  /// The operand's elements in C order under another shape of the same count.
  public func reshaped(_ operand: Operand, to shape: Shape) throws(EngineError) -> Operand {
    if operand.shape == shape { return operand }
    let layout = try Layout(dense: shape)
    // A literal stays one, so that its values are brought into a kernel's layout once and not at every run.
    if case .literal = operand.place, operand.layout == (try Layout(dense: operand.shape)) {
      return operand.viewed(as: shape, layout: layout)
    }
    return try dense(operand).viewed(as: shape, layout: layout)
  }

  /// The outer product [1, C, D1...Dk] of a row of weights [K, C, 1...1], a literal, and the one plane of an operand
  /// [1, K, D1...Dk] that is not zero; the row is that channel's. `nil` for any other operand.
  ///
  /// - Complexity: nothing is computed before a kernel reads the product.
  public func outerProduct(_ operand: Operand, _ weights: Operand) throws(EngineError) -> Operand? {
    guard let factors = operand.factors, factors.matrix == nil, operand.rectification == nil else { return nil }
    let (rows, channels) = (weights.shape[0], weights.shape[1])
    let matrix = weights.viewed(as: [rows, channels], layout: try Layout(dense: [rows, channels]))
    var shape = operand.shape
    shape[1] = channels
    return Operand(
      operand.place, layout: operand.layout, shape: shape, factors: RowOfFactors(factors.number, of: matrix))
  }

  private func wholeProduct(_ operand: Operand, as layout: Layout) throws(EngineError) -> Operand {
    let kernel = try Kernel(outerProduct: layout, rows: operand.factors?.matrix?.shape[0])
    return try laidOut(try run(kernel, reading: [(.source, operand)], writing: .destination), as: layout)
  }

  /// A cotangent to which a rectifier's derivative has been applied: it stays where `signs`, of elements in a layout,
  /// are set, and is multiplied by the slope elsewhere.
  ///
  /// - Complexity: nothing is computed before a kernel reads it.
  public func rectified(
    _ cotangent: Operand, _ signs: Operand, of layout: Layout, slope: Float
  ) throws(EngineError) -> Operand {
    let known = try cotangent.rectification.map { _ throws(EngineError) in try rectified(cotangent) } ?? cotangent
    return Operand(
      known.place, layout: known.layout, shape: known.shape, factors: known.factors,
      rectification: Rectification(signs, of: layout, slope: slope))
  }

  private func rectified(_ operand: Operand) throws(EngineError) -> Operand {
    guard let rectification = operand.rectification else { return operand }
    let places = [rectification.signs.place, operand.place]
    if let known = knownRectified[places] { return known }
    let before = operand.unrectified
    let result = try run(
      try Kernel(vjpOfRectifier: rectification.slope, rectification.layout, of: before),
      reading: [(.signs, rectification.signs), (.destinationCotangent, before)], writing: .sourceCotangent)
    knownRectified[places] = result
    return result
  }

  /// The same, with its steps before the last one where that does not depend on it: what this has made may then be added
  /// in place.
  private func rectifiedBeforeLastStep(_ operand: Operand) throws(EngineError) -> Operand {
    guard let last = steps.last, steps.count > reverseStart ?? 0,
      !last.arguments.contains(where: { $0.place == operand.place })
    else {
      return try rectified(operand)
    }
    steps.removeLast()
    defer { steps.append(last) }
    return try rectified(operand)
  }

  /// The sum of two operands of one shape, in the layout of the first that is whole, or in C order.
  ///
  /// - Parameter isLast: whether nobody else reads the second, which may then be changed.
  public func sum(_ a: Operand, _ b: Operand, isLast: Bool = false) throws(EngineError) -> Operand {
    let (a, b) = (try isLast ? rectifiedBeforeLastStep(a) : rectified(a), try rectified(b))
    if a.isOuterProduct || b.isOuterProduct {
      let (product, other) = a.isOuterProduct ? (a, b) : (b, a)
      let whole = other.isOuterProduct ? try dense(other) : other
      let kernel = try Kernel(outerProduct: whole.layout, rows: product.factors?.matrix?.shape[0], adds: true)
      return try run(kernel, reading: [(.source, product), (.secondSource, whole)], writing: .destination)
    }
    if isLast, try addsInLastStep(a, to: b) { return b }
    let kernel = try Kernel(.add, a.layout, a.layout)
    return try run(kernel, reading: [(.source, a), (.secondSource, b)], writing: .destination)
  }

  /// Lets the kernel that has just made an operand add it to another, where it can: that spares reading and writing it
  /// again, and what is zero almost everywhere, such as the cotangent of a slice, need not be made first.
  private func addsInLastStep(_ a: Operand, to b: Operand) throws(EngineError) -> Bool {
    guard let last = steps.last, let adding = last.kernel.makeAdding,
      (last.place(of: .sourceCotangent) ?? last.place(of: .destination)) == b.place,
      a.layout == b.layout, a.place != b.place, case .buffer = a.place
    else { return false }
    steps[steps.count - 1] = Schedule.Step(
      kernel: try adding(), arguments: last.arguments + [(.secondSource, a.place)], node: last.node)
    return true
  }

  // MARK: What the compiler calls

  /// From now on kernels belong to the reverse pass.
  func beginReverse() { reverseStart = steps.count }

  /// Memory of the caller in dense C order.
  func external(_ external: Operand.External, _ shape: Shape) throws(EngineError) -> Operand {
    Operand(.external(external), layout: try Layout(dense: shape), shape: shape)
  }

  /// The cotangent of one class, whose plane is memory of the caller, as is the number of the class.
  func cotangentOfOneClass(_ shape: Shape) throws(EngineError) -> Operand {
    var plane = shape
    plane[1] = 1
    return Operand(
      .external(.cotangent(0)), layout: try Layout(dense: plane), shape: shape,
      factors: RowOfFactors(try external(.classNumber(0), [1])))
  }

  /// Operands whose memory holds all of them.
  func whole(_ operands: [Operand?]) throws(EngineError) -> [Operand?] {
    var results = operands
    for (index, operand) in operands.enumerated() {
      if let operand, !operand.isWhole {
        results[index] = try operand.rectification == nil ? dense(operand) : rectified(operand)
      }
    }
    return results
  }

  /// A copy of an operand in a buffer of its own.
  func copy(_ operand: Operand) throws(EngineError) -> Operand {
    let result = allocate(operand.layout, shape: operand.shape)
    append(
      try Kernel(reorder: operand.layout, to: operand.layout),
      [(.source, operand.place), (.destination, result.place)])
    return result
  }

  /// Copies an operand into memory of the caller.
  func deliver(_ operand: Operand, to external: Operand.External) throws(EngineError) {
    let source = try operand.isWhole ? laidOut(operand, as: operand.layout) : dense(operand)
    let target = try self.external(external, operand.shape)
    append(
      try Kernel(reorder: source.layout, to: target.layout), [(.source, source.place), (.destination, target.place)])
  }

  /// Leaves an operand in dense C order in a buffer that the caller reads after the forward pass.
  func present(_ operand: Operand) throws(EngineError) {
    var result = try dense(operand)
    if case .buffer = result.place {} else { result = try copy(result) }
    if case .buffer(let index) = result.place { output = index }
  }

  /// Everything collected, to make a plan of.
  func finish() -> Computation {
    Computation(
      schedule: Schedule(steps, reverseStart: reverseStart ?? steps.count, buffers: buffers, output: output),
      output: output, constants: constantMemories)
  }

  // MARK: Bookkeeping

  private func allocate(_ layout: Layout, shape: Shape? = nil) -> Operand {
    buffers.append(layout)
    return Operand(.buffer(buffers.count - 1), layout: layout, shape: shape ?? layout.shape)
  }

  private func append(_ kernel: Kernel, _ arguments: [(slot: Kernel.Slot, place: Operand.Place)]) {
    var step = Schedule.Step(kernel: kernel, arguments: arguments, node: node)
    if let scratchpad = kernel.layout(.scratchpad) {
      step.arguments.append((.scratchpad, allocate(scratchpad).place))
    }
    steps.append(step)
  }
}

extension Kernel {
  /// Whether it reads the value of an operand from what memory holds of it.
  fileprivate func takes(_ operand: Operand) -> Bool {
    (operand.factors == nil || layout(.row) != nil) && (operand.rectification == nil || layout(.signs) != nil)
  }
}
