/// The kernels of a computation with what they read and write, and its constants.
struct Computation {
  let schedule: Schedule
  /// The buffer with what a caller reads after the forward pass.
  let output: Int?
  let constants: [Memory]

  /// The same with another schedule.
  func with(_ schedule: Schedule) -> Computation {
    Computation(schedule: schedule, output: output, constants: constants)
  }
}

/// A compiled computation: kernels in order, and where their buffers lie in a block of memory to work in and, where the
/// tape is apart, in that of a tape.
final class Plan {
  let steps: [Schedule.Step]
  /// Where the reverse pass begins in the steps.
  let reverseStart: Int
  private let places: Schedule.Places
  /// Whether each step's kernel runs in other steps too, with other memory.
  private let isShared: [Bool]
  private let constants: [Memory]
  private var externals: [Operand.External: [(step: Int, slot: Kernel.Slot)]] = [:]
  private var handedOver: [Operand.External: Tensor] = [:]
  private var blocks: (work: Memory?, tape: Memory?) = (nil, nil)

  /// Seconds that each step has taken in all runs.
  private(set) var seconds: [Double]
  /// Seconds of each step's fastest run, of those for the most cotangents.
  private(set) var fastest: [(seconds: Double, cotangents: Int)]
  /// How often each pass ran.
  private(set) var runs = (forward: 0, reverse: 0)

  private let output: Int?

  /// Gives every buffer of a computation a place.
  ///
  /// - Parameter tapeApart: whether the tape has a block of memory of its own.
  init(_ computation: Computation, tapeApart: Bool = false) {
    (steps, reverseStart) = (computation.schedule.steps, computation.schedule.reverseStart)
    (constants, output) = (computation.constants, computation.output)
    places = computation.schedule.places(tapeApart: tapeApart)
    seconds = [Double](repeating: 0, count: steps.count)
    fastest = Array(repeating: (0, 0), count: steps.count)
    let uses = steps.reduce(into: [:]) { $0[ObjectIdentifier($1.kernel), default: 0] += 1 }
    isShared = steps.map { uses[ObjectIdentifier($0.kernel)] != 1 }
    for (index, step) in steps.enumerated() {
      for case (let slot, .external(let external)) in step.arguments {
        externals[external, default: []].append((index, slot))
      }
    }
  }

  /// Name of the implementation of every kernel, with the position of its node in the graph.
  var implementations: [(node: Int, name: String, isReverse: Bool)] {
    steps.enumerated().map { ($1.node, $1.kernel.implementation, $0 >= reverseStart) }
  }

  /// Size of the block of memory the plan works in.
  var workBytes: Int { places.workBytes }

  /// Size of the block of memory of a tape; 0 where the tape is in the other block.
  var tapeBytes: Int { places.tapeBytes }

  /// Sets the blocks of memory; they must hold ``workBytes`` and ``tapeBytes``.
  func bind(work: Memory, tape: Memory?) throws(EngineError) {
    if blocks.work === work, blocks.tape === tape { return }
    blocks = (work, tape)
    for step in steps { try bind(step) }
  }

  private func bind(_ step: Schedule.Step) throws(EngineError) {
    for (slot, place) in step.arguments {
      switch place {
      case .buffer(let index):
        let place = places.buffers[index]
        guard let block = place.block == .work ? blocks.work : blocks.tape else {
          throw EngineError(.internal, "there is no tape")
        }
        try step.kernel.bind(slot, to: block.start + place.offset)
      case .constant(let index): try step.kernel.bind(slot, to: constants[index].start)
      case .external(let external):
        if let start = handedOver[external]?.elements.baseAddress { try step.kernel.bind(slot, to: start) }
      case .literal: break
      }
    }
  }

  /// Lets go of the blocks of memory; they must be set again before the next run.
  func unbind() { blocks = (nil, nil) }

  /// What the forward pass leaves for a caller.
  func result(_ shape: Shape) throws(EngineError) -> Tensor {
    guard let place = output.map({ places.buffers[$0] }), let block = place.block == .work ? blocks.work : blocks.tape
    else { throw EngineError(.internal, "the forward pass leaves no output") }
    return Tensor(shape, in: block, at: place.offset)
  }

  /// Sets memory of the caller for the next runs.
  func bind(_ external: Operand.External, to tensor: Tensor) throws(EngineError) {
    guard let start = tensor.elements.baseAddress else { return }
    handedOver[external] = tensor
    for (step, slot) in externals[external] ?? [] { try steps[step].kernel.bind(slot, to: start) }
  }

  /// Whether any kernel writes or reads memory of the caller.
  func uses(_ external: Operand.External) -> Bool { externals[external] != nil }

  /// Runs the forward pass.
  func runForward() throws(EngineError) {
    try run(steps[..<reverseStart])
    runs.forward += 1
  }

  /// Runs the reverse pass for the first of the cotangents; the forward pass's buffers must be untouched since it ran.
  func runReverse(cotangents: Int) throws(EngineError) {
    try run(steps[reverseStart...], cotangents: cotangents)
    runs.reverse += cotangents
  }

  private func run(_ part: ArraySlice<Schedule.Step>, cotangents: Int = 1) throws(EngineError) {
    let clock = ContinuousClock()
    var last = clock.now
    for (index, step) in zip(part.indices, part) where step.cotangent ?? 0 < cotangents {
      if isShared[index] { try bind(step) }
      try step.runsAgain ? step.kernel.runAgain() : step.kernel.run(cotangents: cotangents)
      let now = clock.now
      let elapsed = (now - last) / .seconds(1)
      seconds[index] += elapsed
      let known = fastest[index]
      if cotangents > known.cotangents || cotangents == known.cotangents && elapsed < known.seconds {
        fastest[index] = (elapsed, cotangents)
      }
      last = now
    }
  }
}
