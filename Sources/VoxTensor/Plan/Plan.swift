/// The kernels of a computation with what they read and write, and its constants.
struct Computation {
  let schedule: Schedule
  /// The buffer with what a caller reads after the forward pass.
  let output: Int?
  let constants: [Memory]
}

/// A compiled computation: kernels in order, and where in one block of memory their buffers lie.
final class Plan {
  let steps: [Schedule.Step]
  /// Where the reverse pass begins in the steps.
  let reverseStart: Int
  private let offsets: [Int]
  private let constants: [Memory]
  private var externals: [Operand.External: [(step: Int, slot: Kernel.Slot)]] = [:]
  private var arena: Memory?

  /// Seconds that each step has taken in all runs.
  private(set) var seconds: [Double]
  /// How often each pass ran.
  private(set) var runs = (forward: 0, reverse: 0)

  /// Size of the block of memory the plan works in.
  let arenaBytes: Int
  /// Where in the block the forward pass leaves what a caller reads.
  let outputOffset: Int?

  /// Gives every buffer of a computation a place.
  init(_ computation: Computation) {
    (steps, reverseStart) = (computation.schedule.steps, computation.schedule.reverseStart)
    constants = computation.constants
    (offsets, arenaBytes) = computation.schedule.places()
    outputOffset = computation.output.map { [offsets] in offsets[$0] }
    seconds = [Double](repeating: 0, count: steps.count)
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

  /// Sets the block of memory; it must hold ``arenaBytes``.
  func bind(_ arena: Memory) throws(EngineError) {
    if self.arena === arena { return }
    for step in steps {
      for (slot, place) in step.arguments {
        switch place {
        case .buffer(let index): try step.kernel.bind(slot, to: arena.start + offsets[index])
        case .constant(let index): try step.kernel.bind(slot, to: constants[index].start)
        case .external, .literal: break
        }
      }
    }
    self.arena = arena
  }

  /// Lets go of the block of memory; it must be set again before the next run.
  func unbind() { arena = nil }

  /// Sets memory of the caller for the next runs.
  func bind(_ external: Operand.External, to tensor: Tensor) throws(EngineError) {
    guard let start = tensor.elements.baseAddress else { return }
    for (step, slot) in externals[external] ?? [] { try steps[step].kernel.bind(slot, to: start) }
  }

  /// Whether any kernel writes or reads memory of the caller.
  func uses(_ external: Operand.External) -> Bool { externals[external] != nil }

  /// Runs the forward pass.
  func runForward() throws(EngineError) {
    try run(steps[..<reverseStart])
    runs.forward += 1
  }

  /// Runs the reverse pass; the forward pass's buffers must be untouched since it ran.
  func runReverse() throws(EngineError) {
    try run(steps[reverseStart...])
    runs.reverse += 1
  }

  private func run(_ part: ArraySlice<Schedule.Step>) throws(EngineError) {
    let clock = ContinuousClock()
    var last = clock.now
    for index in part.indices {
      try part[index].kernel.run()
      let now = clock.now
      seconds[index] += (now - last) / .seconds(1)
      last = now
    }
  }
}
