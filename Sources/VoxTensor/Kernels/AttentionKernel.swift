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
    /// The table of each head, [B].
    public var tables: [Int]

    /// Makes an addend.
    public init(count: Int, tables: [Int]) { (self.count, self.tables) = (count, tables) }
  }

  /// Makes a problem without addends.
  public init(heads: Int, queries: Int, keys: Int, depth: Int, width: Int) {
    (self.heads, self.queries, self.keys, self.depth, self.width) = (heads, queries, keys, depth, width)
  }

  /// Whether there is a kernel for it that keeps every thread busy.
  public var isNative: Bool {
    cvox_attention_available() && heads >= Int(cdnnl_threads()) && addends.count <= Int(CVOX_MOST_ADDENDS)
  }
}

extension Kernel {
  /// `source` [B, N, D], `secondSource` [B, D, M], `weights` [B, M, E] and each addend [T, N, M], as `part`, to
  /// `destination` [B, N, E]. Scores are there for a band of queries at a time.
  public convenience init(attention problem: AttentionProblem) throws(EngineError) {
    self.init(try AttentionKernel(problem, isReverse: false))
  }

  /// The same and `destinationCotangent` to `sourceCotangent`, `secondSourceCotangent` and `weightsCotangent`. Scores are
  /// computed again.
  public convenience init(vjpOfAttention problem: AttentionProblem) throws(EngineError) {
    self.init(try AttentionKernel(problem, isReverse: true))
  }
}

private final class AttentionKernel: NativeKernel, KernelBackend {
  private let problem: AttentionProblem
  private let isReverse: Bool
  private let layouts: [Kernel.Slot: Layout]
  /// Threads that have heads, each with memory of its own.
  private let workers: Int
  private let scratch: Int

  init(_ problem: AttentionProblem, isReverse: Bool) throws(EngineError) {
    (self.problem, self.isReverse) = (problem, isReverse)
    workers = min(problem.heads, Int(cdnnl_threads()))
    var numbers = Self.numbers(problem)
    scratch = cvox_attention_scratch(&numbers)
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
    if isReverse {
      layouts[.destinationCotangent] = results
      (layouts[.sourceCotangent], layouts[.secondSourceCotangent], layouts[.weightsCotangent]) = (queries, keys, values)
    } else {
      layouts[.destination] = results
    }
    self.layouts = layouts
  }

  var implementation: String { "native:attention\(isReverse ? " VJP" : "")" }

  func layout(_ slot: Kernel.Slot) -> Layout? { layouts[slot] }

  func run() throws(EngineError) {
    let (q, k, v) = (try memory(.source), try memory(.secondSource), try memory(.weights))
    var addends: [UnsafeMutablePointer<Float>] = []
    for index in problem.addends.indices { addends.append(try memory(.part(index))) }
    let room = try memory(.scratchpad)
    let (problem, scratch, workers) = (self.problem, self.scratch, self.workers)
    let query = problem.queries * problem.depth, key = problem.depth * problem.keys
    let value = problem.keys * problem.width, result = problem.queries * problem.width

    func forEachHead(
      _ body: (_ head: Int, _ numbers: cvox_attention_problem, _ room: UnsafeMutablePointer<Float>) -> Void
    ) {
      inParallel(workers) { worker in
        for head in stride(from: worker, to: problem.heads, by: workers) {
          var numbers = Self.numbers(problem)
          withUnsafeMutableBytes(of: &numbers.addend) { bytes in
            let tables = bytes.bindMemory(to: UnsafePointer<Float>?.self)
            for (index, addend) in problem.addends.enumerated() {
              tables[index] = UnsafePointer(addends[index] + addend.tables[head] * problem.queries * problem.keys)
            }
          }
          body(head, numbers, room + worker * scratch)
        }
      }
    }
    if isReverse {
      let (dy, dq) = (try memory(.destinationCotangent), try memory(.sourceCotangent))
      let (dk, dv) = (try memory(.secondSourceCotangent), try memory(.weightsCotangent))
      forEachHead { head, numbers, room in
        var numbers = numbers
        cvox_attention_vjp(
          &numbers, q + head * query, k + head * key, v + head * value, dy + head * result, room, dq + head * query,
          dk + head * key, dv + head * value)
      }
    } else {
      let y = try memory(.destination)
      forEachHead { head, numbers, room in
        var numbers = numbers
        cvox_attention(
          &numbers, q + head * query, k + head * key, v + head * value, room, y + head * result)
      }
    }
  }

  /// The problem of one head, its tables left open.
  private static func numbers(_ problem: AttentionProblem) -> cvox_attention_problem {
    cvox_attention_problem(
      queries: problem.queries, keys: problem.keys, depth: problem.depth, width: problem.width, scale: problem.scale,
      addends: problem.addends.count, addend: (nil, nil, nil, nil))
  }
}
