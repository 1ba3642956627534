internal import CDNNL
internal import CVoxKernels

/// Attention of several heads: `softmax(scale q k + tables) v`, the softmax over the keys.
public struct AttentionProblem: Sendable {
  /// Heads B, those of all windows.
  public var heads: Int
  /// Queries N and keys M of a head.
  public var queries, keys: Int
  /// Length D of a query, and E of a value.
  public var depth, width: Int
  /// What products of queries and keys are multiplied by.
  public var scale: Float = 1
  /// What is added to the products then.
  public var addends: [Addend] = []

  /// Tables [T, N, M], of which each head has one.
  public struct Addend: Sendable {
    /// Number T of tables.
    public var count: Int
    /// The table of each head, [B]; `nil` where nothing is added to its scores.
    public var tables: [Int?]

    /// Makes an addend.
    public init(count: Int, tables: [Int?]) { (self.count, self.tables) = (count, tables) }
  }

  /// Makes a problem without addends.
  public init(heads: Int, queries: Int, keys: Int, depth: Int, width: Int) {
    (self.heads, self.queries, self.keys, self.depth, self.width) = (heads, queries, keys, depth, width)
  }

  /// Whether there is a kernel for it that keeps every thread busy.
  public var isNative: Bool {
    Vectors.lanes != nil && heads >= Int(cdnnl_threads()) && addends.count <= Int(CVOX_MOST_ADDENDS)
  }
}

extension Kernel {
  /// `source` [B, N, D], `secondSource` [B, D, M], `weights` [B, M, E] and each addend [T, N, M], as `part`, to
  /// `destination` [B, N, E]. Scores are there for a band of queries at a time.
  public convenience init(attention problem: AttentionProblem) throws(EngineError) {
    self.init(try AttentionKernel(problem, cotangents: 0))
  }

  /// The same and `destinationCotangent` to `sourceCotangent`, `secondSourceCotangent` and `weightsCotangent`. Scores of
  /// queries whose results have a cotangent are computed again.
  public convenience init(vjpOfAttention problem: AttentionProblem) throws(EngineError) {
    self.init(try AttentionKernel(problem, cotangents: 1))
  }
}

private final class AttentionKernel: NativeKernel, KernelBackend {
  private let problem: AttentionProblem
  /// Cotangents of the reverse pass; 0 in the forward pass.
  private let cotangents: Int
  private let layouts: [Kernel.Slot: Layout]
  /// Threads that have heads, each with memory of its own.
  private let workers: Int
  private let scratch: Int
  /// Heads with the same tables follow each other, so that these are in a cache but for the first.
  private let order: [Int]

  /// - Parameter order: that of another kernel for the same problem.
  init(_ problem: AttentionProblem, cotangents: Int, order: [Int]? = nil) throws(EngineError) {
    (self.problem, self.cotangents) = (problem, cotangents)
    workers = min(problem.heads, Int(cdnnl_threads()))
    var numbers = Self.numbers(problem)
    scratch = cvox_attention_scratch(&numbers)
    self.order = order ?? Self.order(problem)
    let queries = try Layout(dense: [problem.heads, problem.queries, problem.depth])
    let keys = try Layout(dense: [problem.heads, problem.depth, problem.keys])
    let values = try Layout(dense: [problem.heads, problem.keys, problem.width])
    let results = try Layout(dense: [problem.heads, problem.queries, problem.width])
    var layouts: [Kernel.Slot: Layout] = [
      .source: queries, .secondSource: keys, .weights: values,
      .scratchpad: try Layout(dense: [workers * scratch]),
    ]
    for (index, addend) in problem.addends.enumerated() {
      layouts[.part(index)] = try Layout(dense: [addend.count, problem.queries, problem.keys])
    }
    for cotangent in 0..<cotangents {
      layouts[Kernel.Slot.destinationCotangent.of(cotangent)] = results
      layouts[Kernel.Slot.sourceCotangent.of(cotangent)] = queries
      layouts[Kernel.Slot.secondSourceCotangent.of(cotangent)] = keys
      layouts[Kernel.Slot.weightsCotangent.of(cotangent)] = values
    }
    if cotangents == 0 { layouts[.destination] = results }
    self.layouts = layouts
  }

  var implementation: String { "native:attention\(cotangents > 0 ? " VJP" : "")" }

  func layout(_ slot: Kernel.Slot) -> Layout? { layouts[slot] }

  func run() throws(EngineError) { try run(cotangents: cotangents) }

  func joined(cotangents: Int) throws(EngineError) -> Kernel? {
    self.cotangents == 0 ? nil : Kernel(try AttentionKernel(problem, cotangents: cotangents, order: order))
  }

  var timeShare: Double { 1 + Self.operationsPerScore / Double(2 * (problem.depth + problem.width)) }

  /// Products of queries and keys, and what becomes of each.
  var joinedFlops: Double {
    let scores = Double(problem.heads * problem.queries * problem.keys)
    return cotangents == 0 ? 0 : scores * (Double(2 * problem.depth) + Self.operationsPerScore)
  }

  /// As how many operations of products it counts to add the tables to a score, to take its exponential and to divide.
  private static let operationsPerScore = 100.0

  func run(cotangents: Int) throws(EngineError) {
    let (q, k, v) = (try memory(.source), try memory(.secondSource), try memory(.weights))
    let (problem, query, key) = (self.problem, problem.queries * problem.depth, problem.depth * problem.keys)
    let (value, result) = (problem.keys * problem.width, problem.queries * problem.width)
    if self.cotangents == 0 {
      let y = try memory(.destination)
      return try forEachHead { head, numbers, room in
        var numbers = numbers
        cvox_attention(&numbers, q + head * query, k + head * key, v + head * value, room, y + head * result)
      }
    }
    var whole: [cvox_attention_cotangent] = []
    for cotangent in 0..<min(cotangents, self.cotangents) {
      whole.append(
        cvox_attention_cotangent(
          dy: try memory(Kernel.Slot.destinationCotangent.of(cotangent)),
          dq: try memory(Kernel.Slot.sourceCotangent.of(cotangent)),
          dk: try memory(Kernel.Slot.secondSourceCotangent.of(cotangent)),
          dv: try memory(Kernel.Slot.weightsCotangent.of(cotangent))))
    }
    try forEachHead { [whole] head, numbers, room in
      var numbers = numbers
      let own = whole.map {
        cvox_attention_cotangent(
          dy: $0.dy + head * result, dq: $0.dq + head * query, dk: $0.dk + head * key, dv: $0.dv + head * value)
      }
      cvox_attention_vjp(&numbers, q + head * query, k + head * key, v + head * value, own.count, own, room)
    }
  }

  private func forEachHead(
    _ body: (_ head: Int, _ numbers: cvox_attention_problem, _ room: UnsafeMutablePointer<Float>) -> Void
  ) throws(EngineError) {
    var addends: [UnsafeMutablePointer<Float>] = []
    for index in problem.addends.indices { addends.append(try memory(.part(index))) }
    let room = try memory(.scratchpad)
    let (problem, scratch, workers, order) = (self.problem, self.scratch, self.workers, self.order)
    // Neighbours in this order share tables, which a core's cache keeps from one head to the next.
    let runs = min(order.count, Self.runsOfWorker * workers)
    inParallel(runs, workers: workers) { run, worker in
      for head in order[order.count * run / runs..<order.count * (run + 1) / runs] {
        var numbers = Self.numbers(problem)
        withUnsafeMutableBytes(of: &numbers.addend) { bytes in
          let tables = bytes.bindMemory(to: UnsafePointer<Float>?.self)
          for (index, addend) in problem.addends.enumerated() {
            tables[index] = addend.tables[head].map {
              UnsafePointer(addends[index] + $0 * problem.queries * problem.keys)
            }
          }
        }
        body(head, numbers, room + worker * scratch)
      }
    }
  }

  /// Into how many runs of heads a worker's share is cut, so that none waits long for another.
  private static let runsOfWorker = 8

  private static func order(_ problem: AttentionProblem) -> [Int] {
    let tables = (0..<problem.heads).map { head in problem.addends.map { $0.tables[head] ?? -1 } }
    return tables.indices.sorted { a, b in
      tables[a] == tables[b] ? a < b : tables[a].lexicographicallyPrecedes(tables[b])
    }
  }

  /// The problem of one head, its tables left open.
  private static func numbers(_ problem: AttentionProblem) -> cvox_attention_problem {
    cvox_attention_problem(
      lanes: Vectors.block, queries: problem.queries, keys: problem.keys, depth: problem.depth, width: problem.width,
      scale: problem.scale,
      addends: problem.addends.count, addend: (nil, nil, nil, nil))
  }
}
