internal import CDNNL
internal import CVoxKernels

/// A perceptron of two layers with GELU between them: `gelu(x w + b) v + c`.
public struct PerceptronProblem: Sendable {
  /// Rows N.
  public var rows: Int
  /// Values of a row: C before, H between, E behind.
  public var inputs, hidden, outputs: Int
  /// Whether there is `c`.
  public var hasBias: Bool

  /// Makes a problem.
  public init(rows: Int, inputs: Int, hidden: Int, outputs: Int, hasBias: Bool) {
    (self.rows, self.inputs, self.hidden, self.outputs) = (rows, inputs, hidden, outputs)
    self.hasBias = hasBias
  }

  /// Whether there is a kernel for it: enough rows for many threads, and weights and bands that stay in a cache.
  public var isNative: Bool {
    Vectors.lanes != nil && rows >= 1024 && hidden <= 4096 && (2 * inputs + outputs) * hidden <= 1 << 19
  }
}

extension Kernel {
  /// `source` [N, C], `weights` [C, H], `bias` [H], `part` 0 [H, E], the second weights, and, where there is a second
  /// bias, `part` 1 [E] to `destination` [N, E]. What is hidden is there for a band of rows at a time.
  public convenience init(perceptron problem: PerceptronProblem) throws(EngineError) {
    self.init(try PerceptronKernel(problem, cotangents: 0))
  }

  /// `source`, `weights`, `bias`, both weights transposed, `part` 0 [H, C] and `part` 1 [E, H], and
  /// `destinationCotangent` to `sourceCotangent`. What is hidden is computed again.
  public convenience init(vjpOfPerceptron problem: PerceptronProblem) throws(EngineError) {
    self.init(try PerceptronKernel(problem, cotangents: 1))
  }
}

private final class PerceptronKernel: NativeKernel, KernelBackend {
  private let problem: PerceptronProblem
  /// Cotangents of the reverse pass; 0 in the forward pass.
  private let cotangents: Int
  private let layouts: [Kernel.Slot: Layout]
  /// Threads that have rows, each with memory of its own.
  private let workers: Int
  private let scratch: Int

  /// A multiple of the rows of a band.
  private static let rowsOfTask = 96

  init(_ problem: PerceptronProblem, cotangents: Int) throws(EngineError) {
    (self.problem, self.cotangents) = (problem, cotangents)
    workers = min(Self.tasks(problem.rows), Int(cdnnl_threads()))
    var numbers = Self.numbers(problem)
    scratch = cvox_perceptron_scratch(&numbers)
    let (inputs, hidden, outputs) = (problem.inputs, problem.hidden, problem.outputs)
    let source = try Layout(dense: [problem.rows, inputs])
    let result = try Layout(dense: [problem.rows, outputs])
    var layouts: [Kernel.Slot: Layout] = [
      .source: source, .weights: try Layout(dense: [inputs, hidden]), .bias: try Layout(dense: [hidden]),
      .scratchpad: try Layout(dense: [workers * scratch]),
    ]
    if cotangents == 0 {
      layouts[.part(0)] = try Layout(dense: [hidden, outputs])
      if problem.hasBias { layouts[.part(1)] = try Layout(dense: [outputs]) }
      layouts[.destination] = result
    } else {
      layouts[.part(0)] = try Layout(dense: [hidden, inputs])
      layouts[.part(1)] = try Layout(dense: [outputs, hidden])
    }
    for cotangent in 0..<cotangents {
      layouts[Kernel.Slot.destinationCotangent.of(cotangent)] = result
      layouts[Kernel.Slot.sourceCotangent.of(cotangent)] = source
    }
    self.layouts = layouts
  }

  var implementation: String { "native:perceptron\(cotangents > 0 ? " VJP" : "")" }

  func layout(_ slot: Kernel.Slot) -> Layout? { layouts[slot] }

  func run() throws(EngineError) { try run(cotangents: cotangents) }

  func joined(cotangents: Int) throws(EngineError) -> Kernel? {
    self.cotangents == 0 ? nil : Kernel(try PerceptronKernel(problem, cotangents: cotangents))
  }

  /// What is hidden is bent between the products.
  var timeShare: Double { 1.5 }

  /// The first product and the slopes of what is hidden.
  var joinedFlops: Double {
    cotangents == 0
      ? 0 : Double(problem.rows * problem.hidden) * (Double(2 * problem.inputs) + Self.operationsPerValue)
  }

  /// As how many operations of products it counts to take a value's slope.
  private static let operationsPerValue = 50.0

  func run(cotangents: Int) throws(EngineError) {
    let (x, room) = (try memory(.source), try memory(.scratchpad))
    var numbers = Self.numbers(problem)
    numbers.first = UnsafePointer(try memory(.weights))
    numbers.first_bias = UnsafePointer(try memory(.bias))
    if self.cotangents == 0 {
      numbers.second = UnsafePointer(try memory(.part(0)))
      if problem.hasBias { numbers.second_bias = UnsafePointer(try memory(.part(1))) }
      let y = try memory(.destination)
      return forEachTask { [numbers] first, count, worker in
        var own = numbers
        cvox_perceptron_rows(&own, x, first, count, room + worker * scratch, y)
      }
    }
    numbers.first_back = UnsafePointer(try memory(.part(0)))
    numbers.second = UnsafePointer(try memory(.part(1)))
    var whole: [cvox_perceptron_cotangent] = []
    for cotangent in 0..<min(cotangents, self.cotangents) {
      whole.append(
        cvox_perceptron_cotangent(
          dy: try memory(Kernel.Slot.destinationCotangent.of(cotangent)),
          dx: try memory(Kernel.Slot.sourceCotangent.of(cotangent))))
    }
    forEachTask { [numbers, whole] first, count, worker in
      var own = numbers
      cvox_perceptron_vjp(&own, x, first, count, whole.count, whole, room + worker * scratch)
    }
  }

  private static func tasks(_ rows: Int) -> Int { (rows + rowsOfTask - 1) / rowsOfTask }

  private func forEachTask(_ body: (_ first: Int, _ count: Int, _ worker: Int) -> Void) {
    let rows = problem.rows
    inParallel(Self.tasks(rows), workers: workers) { task, worker in
      let first = task * Self.rowsOfTask
      body(first, min(Self.rowsOfTask, rows - first), worker)
    }
  }

  /// The problem without the memory of its weights.
  private static func numbers(_ problem: PerceptronProblem) -> cvox_perceptron {
    cvox_perceptron(
      lanes: Vectors.block, inputs: problem.inputs, hidden: problem.hidden, outputs: problem.outputs, first: nil,
      first_bias: nil, first_back: nil, second: nil, second_bias: nil)
  }
}
