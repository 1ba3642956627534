/// A graph compiled for inputs of one shape: its value and its exact vector-Jacobian product.
///
/// Kernels, constants in the kernels' layouts, a block of memory to work in and one per tape are made once and used for
/// every call. Two plans share them: one without a tape, one that keeps what the reverse pass reads; each is made when it
/// is first needed. A single tape lies in the block to work in; where memory has no room for it, it waits on a disk.
/// Weights are held as the kernels want them, and as the file has them only until both plans are made.
/// Use from one thread at a time.
///
/// - Source: reverse-mode differentiation, Griewank and Walther, Evaluating Derivatives, chapter 3.
public final class CompiledModel: DifferentiableModel {
  public let inputShape: Shape
  public let outputShape: Shape
  /// The graph with its constants folded and its operators fused; without literals once both plans are made.
  public private(set) var specialized: SpecializedGraph
  /// Threads that kernels use.
  public let threads: Int
  /// What convolutions and matrix products compute in.
  public let precision: Precision
  /// Whether reverse passes take cotangents of one class: what is zero in them is then neither held nor computed.
  public let takesOneClass: Bool

  private let constants = ConstantStore()
  private var inference: Plan?
  private var taped: Plan?
  /// Both passes, before buffers have a place.
  private var differentiated: Computation?
  private var work: Memory?
  /// The block of memory of every tape, `nil` where there is one tape in the block to work in, and whether it can be read.
  private var kept: [(memory: Memory?, isValid: Bool)] = [(nil, false)]
  private var selected = 0
  /// Whether windows are run with a tape sooner or later.
  private var willKeepTapes = false
  private var reversePass = ReversePass()
  private var knownRecomputations: [Recomputation]?

  /// Compiles a graph.
  ///
  /// - Parameters:
  ///   - graph: one input, and at least one output.
  ///   - inputShape: the shape of its input, e.g. `[1, 1, X, Y, Z]`.
  ///   - output: which of its outputs to compute; the first by default.
  ///   - threads: threads that kernels use.
  ///   - precision: what convolutions and matrix products compute in, where the kernel library has more than reference
  ///     code for it.
  ///   - oneClass: whether cotangents are those of one class, where logits are `[1, K, X, Y, Z]`; whole ones are an error
  ///     then.
  /// - Throws: ``EngineError`` naming the node that does not fit or is not supported; `unsupported` for a precision that
  ///   the processor does not have.
  public init(
    _ graph: Graph, inputShape: Shape, output: Int = 0, threads: Int, precision: Precision = .f32,
    oneClass: Bool = false
  ) throws(EngineError) {
    Kernel.setThreads(threads)
    guard precision.isAvailable else {
      throw EngineError(.unsupported, "this machine's processor has no instructions for \(precision.rawValue); use f32")
    }
    self.precision = precision
    guard graph.inputs.count == 1 else {
      throw EngineError(
        .unsupported, "expected one input, found \(graph.inputs.count): \(graph.inputs.map(\.name))")
    }
    guard graph.outputs.indices.contains(output) else {
      throw EngineError(.malformed, "expected an output \(output), found \(graph.outputs.count) outputs")
    }
    var single = graph
    single.outputs = [graph.outputs[output]]
    var specialized = try SpecializedGraph(single, inputShapes: [inputShape])
    try specialized.fuse()
    self.specialized = specialized
    guard let outputShape = specialized.shapes[single.outputs[0].value] else {
      throw EngineError(.malformed, "no node makes this output", at: .tensor(single.outputs[0].name))
    }
    (self.inputShape, self.outputShape, self.threads) = (inputShape, outputShape, threads)
    takesOneClass = oneClass && outputShape.rank > 2 && outputShape[0] == 1
  }

  public var tapes: Int { kept.count }

  public var cotangents: Int { reversePass.cotangents }

  public var readsTapeOnce: Bool { reversePass.readsTapeOnce && !tapesAreApart }

  /// Whether tapes have blocks of memory of their own.
  private var tapesAreApart: Bool { kept.count > 1 }

  /// Keeps the tapes of as many windows at once; what was kept is lost.
  ///
  /// - Parameters:
  ///   - count: how many windows.
  ///   - reversePass: how reverse passes work from now on.
  /// - Precondition: `count` and the number of cotangents are positive.
  public func setTapes(_ count: Int, _ reversePass: ReversePass = ReversePass()) {
    precondition(count > 0 && reversePass.cotangents > 0, "a model has at least one tape and takes one cotangent")
    unbind()
    // Where the tape lies is part of the plan, and how large the block is.
    (taped, work) = (nil, nil)
    kept = Array(repeating: (nil, false), count: count)
    (selected, self.reversePass, willKeepTapes) = (0, reversePass, true)
  }

  /// Keeps one tape, as much of it on a disk as is needed to work in a block of a number of bytes, or all of it.
  ///
  /// - Parameters:
  ///   - bytes: the size of the block.
  ///   - folder: where a file without a name is made; it is gone when the model is.
  ///   - reversePass: how reverse passes work from now on.
  /// - Returns: the size of the file.
  /// - Throws: ``EngineError`` `writeFailed` where no file can be made.
  public func setTapeOnDisk(
    toFit bytes: Int, in folder: String, _ reversePass: ReversePass = ReversePass()
  ) throws(EngineError) -> Int {
    setTapes(1, reversePass)
    let (schedule, fileBytes) = try singleSchedule(reversePass)
      .spilled(toFit: bytes, file: try ScratchFile(in: folder), cotangents: reversePass.cotangents)
    taped = Plan(try differentiation().with(schedule))
    return fileBytes
  }

  public func select(tape: Int) {
    precondition(kept.indices.contains(tape), "the model has tapes 0 to \(kept.count - 1)")
    selected = tape
  }

  /// Computes the output; see ``DifferentiableModel/forward(_:keepingTape:)``.
  public func forward(_ input: Tensor, keepingTape: Bool) throws -> Tensor {
    try expect(input, inputShape, "input")
    let plan = try keepingTape ? tapedPlan() : inferencePlan()
    if keepingTape || !tapesAreApart { kept[selected].isValid = false }
    try prepare(plan)
    try plan.bind(.input(0), to: input)
    try plan.runForward()
    if keepingTape { kept[selected].isValid = true }
    return try plan.result(outputShape)
  }

  /// Multiplies by the Jacobian; see ``DifferentiableModel/vjp(_:into:)-([Tensor],[Tensor])``.
  public func vjp(_ cotangents: [Tensor], into gradients: [Tensor]) throws {
    if takesOneClass { throw EngineError(.internal, "expected cotangents of one class each, found whole ones") }
    for cotangent in cotangents { try expect(cotangent, outputShape, "cotangent") }
    try runReverse(cotangents, into: gradients)
  }

  /// Multiplies by the Jacobian; see ``DifferentiableModel/vjp(_:into:)-([ClassCotangent],[Tensor])``.
  public func vjp(_ cotangents: [ClassCotangent], into gradients: [Tensor]) throws {
    guard outputShape.rank > 1, outputShape[0] == 1 else {
      throw EngineError(.internal, "expected logits [1, K, X, Y, Z], found shape \(outputShape)")
    }
    var shape = outputShape
    shape[1] = 1
    for cotangent in cotangents {
      try expect(cotangent.plane, shape, "cotangent")
      guard 0..<outputShape[1] ~= cotangent.number else {
        throw EngineError(.internal, "there is no class \(cotangent.number) in logits of shape \(outputShape)")
      }
    }
    if !takesOneClass { return try vjp(cotangents.map { $0.whole(outputShape) }, into: gradients) }
    let numbers = cotangents.map { Tensor([1], [Float($0.number)]) }
    try runReverse(cotangents.map(\.plane), numbers, into: gradients)
  }

  private func runReverse(_ cotangents: [Tensor], _ classes: [Tensor] = [], into gradients: [Tensor]) throws {
    guard 1...reversePass.cotangents ~= cotangents.count, gradients.count == cotangents.count else {
      throw EngineError(
        .internal,
        "expected 1 to \(reversePass.cotangents) cotangents and as many gradients, found \(cotangents.count) and "
          + "\(gradients.count)")
    }
    for gradient in gradients { try expect(gradient, inputShape, "gradient") }
    guard kept[selected].isValid else {
      throw EngineError(.internal, "a VJP needs a forward pass that kept its tape")
    }
    let plan = try tapedPlan()
    try prepare(plan)
    guard plan.uses(.gradient(0)) else {
      return gradients.forEach { $0.elements.update(repeating: 0) }
    }
    for (index, cotangent) in cotangents.enumerated() { try plan.bind(.cotangent(index), to: cotangent) }
    for (index, number) in classes.enumerated() { try plan.bind(.classNumber(index), to: number) }
    for (index, gradient) in gradients.enumerated() { try plan.bind(.gradient(index), to: gradient) }
    if readsTapeOnce { kept[selected].isValid = false }
    try plan.runReverse(cotangents: cotangents.count)
  }

  /// Bytes that buffers share to predict, or to differentiate with the tape among them, and bytes of the constants so far.
  ///
  /// - Parameters:
  ///   - withTape: whether gradients are wanted.
  ///   - reversePass: how they are made.
  public func memory(
    withTape: Bool, _ reversePass: ReversePass = ReversePass()
  ) throws(EngineError) -> (arena: Int, constants: Int) {
    let bytes: Int
    if !withTape {
      bytes = try inferencePlan().workBytes
    } else if let taped, !tapesAreApart, reversePass == self.reversePass {
      bytes = taped.workBytes
    } else {
      bytes = try schedule(reversePass).places().workBytes
    }
    return (bytes, constants.bytes)
  }

  /// Bytes that buffers share where several tapes are kept, and bytes of each tape.
  public func memoryWithTapesApart(
    _ reversePass: ReversePass = ReversePass()
  ) throws(EngineError) -> (work: Int, tape: Int) {
    let places = try schedule(reversePass).places(tapeApart: true)
    return (max(places.workBytes, try inferencePlan().workBytes), places.tapeBytes)
  }

  /// Bytes of the block where all of the tape is on a disk, and of the file there.
  public func memoryWithTapeOnDisk(
    _ reversePass: ReversePass = ReversePass()
  ) throws(EngineError) -> (arena: Int, file: Int) {
    let (schedule, fileBytes) = try singleSchedule(reversePass)
      .spilled(toFit: 0, file: nil, cotangents: reversePass.cotangents)
    return (schedule.places().workBytes, fileBytes)
  }

  /// What of the tape may be computed again in the reverse pass instead of being kept, the cheapest per byte first, and
  /// last what lies where memory is not at its fullest, but counts in several tapes and on a disk.
  ///
  /// - Source: Griewank and Walther, Evaluating Derivatives, chapter 12.
  public func recomputations() throws(EngineError) -> [Recomputation] {
    if let knownRecomputations { return knownRecomputations }
    let found = try differentiation().schedule.recomputations(roughSeconds())
    knownRecomputations = found
    return found
  }

  /// About how many seconds a forward pass takes.
  public func roughForwardSeconds() throws(EngineError) -> Double {
    try differentiation().schedule.forwardSeconds(roughSeconds())
  }

  /// About how many seconds each cotangent but the first of those that go back at once takes less than alone, besides
  /// what is computed again.
  public func roughSecondsShared() throws(EngineError) -> Double {
    try differentiation().schedule.secondsShared(roughSeconds(), RoughCost(threads: threads))
  }

  /// About how long a step takes; a node's operations are those of its step that touches the most memories.
  private func roughSeconds() throws(EngineError) -> (Schedule.Step) -> Double {
    let cost = RoughCost(threads: threads)
    let schedule = try differentiation().schedule
    var main: [Int: Schedule.Step] = [:]
    for step in schedule.steps[..<schedule.reverseStart]
    where main[step.node]?.arguments.count ?? 0 < step.arguments.count {
      main[step.node] = step
    }
    let flops = Dictionary(
      specialized.graph.nodes.map { ($0.index, specialized.flops($0)) }, uniquingKeysWith: { first, _ in first })
    return { step in
      let bytes = step.arguments.reduce(0) { $0 + (step.kernel.layout($1.slot)?.bytes ?? 0) }
      let isMain = main[step.node]?.kernel === step.kernel
      return cost.seconds(isMain ? step.kernel.timeShare * (flops[step.node] ?? 0) : 0, bytes)
    }
  }

  private func schedule(_ reversePass: ReversePass) throws(EngineError) -> Schedule {
    try singleSchedule(reversePass).batched(reversePass.cotangents)
  }

  /// The schedule for one cotangent.
  private func singleSchedule(_ reversePass: ReversePass) throws(EngineError) -> Schedule {
    var schedule = try differentiation().schedule
    schedule.isReadOnce = reversePass.readsTapeOnce
    if reversePass.recomputed == 0 { return schedule }
    return schedule.recomputing(try recomputations().prefix(reversePass.recomputed))
  }

  /// The kernels of a forward pass with its tape, and of a reverse pass: node and implementation.
  public func kernels() throws(EngineError) -> [(node: Int, implementation: String, isReverse: Bool)] {
    try tapedPlan().implementations.map { ($0.node, $0.name, $0.isReverse) }
  }

  /// Where the time of all runs so far has gone: those without a tape first, then those with one.
  public var profile: Profile {
    Profile(rows: [inference, taped].compactMap(\.self).flatMap { $0.profile(specialized) })
  }

  // MARK: Plans

  private func tapedPlan() throws(EngineError) -> Plan {
    if let taped { return taped }
    let plan = Plan(try differentiation().with(try schedule(reversePass)), tapeApart: tapesAreApart)
    taped = plan
    return plan
  }

  private func differentiation() throws(EngineError) -> Computation {
    if let differentiated { return differentiated }
    let computation = try compile(withTape: true)
    differentiated = computation
    forgetLiterals()
    return computation
  }

  private func inferencePlan() throws(EngineError) -> Plan {
    if let inference { return inference }
    let plan = Plan(try compile(withTape: false))
    inference = plan
    forgetLiterals()
    return plan
  }

  /// Lets go of the weights as the file has them where no further plan will be made.
  private func forgetLiterals() {
    guard differentiated != nil, inference != nil else { return }
    specialized.graph.literals = [:]
    identities = [:]
    Memory.returnUnused()
  }

  private func prepare(_ plan: Plan) throws(EngineError) {
    Kernel.setThreads(threads)
    var tape: Memory?
    if plan.tapeBytes > 0 {
      if kept[selected].memory == nil { kept[selected].memory = try Memory(bytes: plan.tapeBytes) }
      tape = kept[selected].memory
    }
    if let work, work.bytes >= plan.workBytes { return try plan.bind(work: work, tape: tape) }
    // The smaller block goes back before the larger one is taken; better it is large enough from the start, for what costs
    // time is the first touch of memory.
    unbind()
    work = nil
    let larger = try Memory(bytes: max(plan.workBytes, willKeepTapes ? (try? tapedPlan().workBytes) ?? 0 : 0))
    work = larger
    try plan.bind(work: larger, tape: tape)
  }

  private func unbind() {
    inference?.unbind()
    taped?.unbind()
  }

  private func compile(withTape: Bool) throws(EngineError) -> Computation {
    Kernel.setThreads(threads)
    let graph = specialized.graph
    let (input, output) = (graph.inputs[0].value, graph.outputs[0].value)
    let builder = PlanBuilder(constants: constants, precision: precision)
    var operands: [Graph.Value: Operand] = [:]
    let given = try builder.external(.input(0), inputShape)
    // The tape must not depend on what the caller does with its memory between the two passes.
    operands[input] = try withTape ? builder.copy(given) : given
    for (value, literal) in graph.literals { operands[value] = try constant(literal, value, builder) }

    var pullbacks: [(node: Graph.Node, lowered: Lowered)] = []
    for node in graph.nodes {
      builder.node = node.index
      let lowered = try inContext(of: node) { () throws(EngineError) in
        try node.operator.lower(node.inputs.map { $0.flatMap { operands[$0] } }, into: builder)
      }
      for (value, operand) in zip(node.outputs, lowered.outputs) { operands[value] = operand }
      pullbacks.append((node, lowered))
    }
    guard let result = operands[output] else {
      throw EngineError(.malformed, "no node makes this output", at: .tensor(graph.outputs[0].name))
    }
    try builder.present(result)
    guard withTape else { return builder.finish() }

    builder.beginReverse()
    var cotangents: [Graph.Value: Operand] = [:]
    cotangents[output] =
      try takesOneClass ? builder.cotangentOfOneClass(outputShape) : builder.external(.cotangent(0), outputShape)
    for (node, lowered) in pullbacks.reversed() {
      let incoming = node.outputs.map { cotangents.removeValue(forKey: $0) }
      guard incoming.contains(where: { $0 != nil }) else { continue }
      builder.node = node.index
      try inContext(of: node) { () throws(EngineError) in
        let results = try lowered.pullback(lowered.takesOuterProducts ? incoming : builder.whole(incoming), builder)
        for (value, cotangent) in zip(node.inputs, results) {
          guard let value, let cotangent, graph.literals[value] == nil else { continue }
          if let known = cotangents[value] {
            // A sum gives one cotangent to all of its inputs.
            let owners = (results.compactMap(\.self) + cotangents.values).count { $0.place == cotangent.place }
            cotangents[value] = try builder.sum(known, cotangent, isLast: owners == 1)
          } else {
            cotangents[value] = cotangent
          }
        }
      }
    }
    if let gradient = cotangents[input] { try builder.deliver(gradient, to: .gradient(0)) }
    return builder.finish()
  }

  private var identities: [Graph.Value: Operand] = [:]

  /// The operand of a literal of the graph; the same one in both plans, so that its converted values are shared.
  private func constant(
    _ literal: Literal, _ value: Graph.Value, _ builder: PlanBuilder
  ) throws(EngineError) -> Operand {
    if let known = identities[value] { return known }
    let operand = try builder.constant(literal)
    identities[value] = operand
    return operand
  }

  private func inContext<Result>(
    of node: Graph.Node, _ body: () throws(EngineError) -> Result
  ) throws(EngineError) -> Result {
    do { return try body() } catch { throw error.inside(node.context) }
  }

  private func expect(_ tensor: Tensor, _ shape: Shape, _ what: String) throws(EngineError) {
    guard tensor.shape == shape else {
      throw EngineError(.internal, "expected \(what) of shape \(shape), found \(tensor.shape)")
    }
  }
}

extension CompiledModel {
  /// Runs one operator on literals.
  static func evaluate(_ op: any Operator, _ inputs: [Literal?]) throws(EngineError) -> [Literal] {
    let builder = PlanBuilder(constants: ConstantStore())
    var operands: [Operand?] = []
    for literal in inputs {
      operands.append(try literal.map { value throws(EngineError) in try builder.constant(value) })
    }
    let outputs = try op.lower(operands, into: builder).outputs
    for (index, output) in outputs.enumerated() { try builder.deliver(output, to: .output(index)) }
    let plan = Plan(builder.finish())
    try plan.bind(work: try Memory(bytes: plan.workBytes), tape: nil)
    let tensors = outputs.map { Tensor($0.shape) }
    for (index, tensor) in tensors.enumerated() { try plan.bind(.output(index), to: tensor) }
    try plan.runForward()
    return tensors.map { Literal($0.shape, floats: Array($0.elements)) }
  }
}
