/// A buffer of the tape that the reverse pass can have again by running kernels of the forward pass once more.
public struct Recomputation: Sendable {
  /// Bytes of the buffer.
  public let bytes: Int
  /// About how many seconds its kernels take at each reverse pass.
  public let seconds: Double

  /// The buffer.
  let buffer: Int
}

extension [Recomputation] {
  /// How many of them, from the first, are worth telling apart: every large one counts, and small ones in groups that are
  /// as large.
  public var counts: [Int] {
    let large = (reduce(0) { $0 + $1.bytes } + 15) / 16
    var (counts, freed) = ([0], 0)
    for (index, recomputation) in enumerated() {
      freed += recomputation.bytes
      let next = index + 1 < count ? self[index + 1].bytes : large
      if Swift.max(freed, next) < large { continue }
      counts.append(index + 1)
      freed = 0
    }
    return counts
  }

  /// How many of them, from the first, take together the least time, where bytes that are not kept cost time.
  public func count(secondsPerByteKept: Double) -> Int {
    var (best, least, sum) = (0, 0.0, 0.0)
    for (index, recomputation) in enumerated() {
      sum += recomputation.seconds - secondsPerByteKept * Double(recomputation.bytes)
      if sum < least { (best, least) = (index + 1, sum) }
    }
    return best
  }
}

/// What kernels cost on a processor of about this decade; good enough to say which of two ways is the cheaper one.
struct RoughCost {
  /// Operations per second, a multiply-add counted as two.
  let operationsPerSecond: Double
  /// Bytes per second from and to memory.
  let bytesPerSecond = 2e10

  init(threads: Int) { operationsPerSecond = (Vectors.lanes == 16 ? 1.2e11 : 0.85e11) * Double(threads) }

  /// Seconds for as many operations, and bytes read and written.
  func seconds(_ flops: Double, _ bytes: Int) -> Double {
    max(flops / operationsPerSecond, Double(bytes) / bytesPerSecond)
  }
}

extension Schedule {
  /// Seconds of the forward pass.
  func forwardSeconds(_ seconds: (Step) -> Double) -> Double { steps[..<reverseStart].reduce(0) { $0 + seconds($1) } }

  /// The buffers of the tape that can be computed again, those first that cost least per byte when those before them are
  /// no longer kept, as many as together take no longer than a forward pass. Large ones that lie where memory is not at its
  /// fullest come last.
  ///
  /// - Parameter seconds: what a step takes.
  /// - Complexity: O(steps) for each buffer and each reader of what is computed from it, and that of ``places()`` for each
  ///   large buffer.
  func recomputations(_ seconds: (Step) -> Double) -> [Recomputation] {
    let (writers, durations) = (writers(), steps[..<reverseStart].map(seconds))
    var open = tape().map { Candidate(buffer: $0.index, reader: $0.reader, bytes: buffers[$0.index].bytes) }
    var (kept, left) = (Set(open.map(\.buffer)), durations.reduce(0, +))
    /// For every step of the reverse pass what it needs that is no longer kept, and how that is made.
    var recipes: [Int: Recipe] = [:]
    /// The recipes that change where one more buffer is no longer kept, which others may be made of.
    func changes(without candidate: Candidate) -> [Int: Recipe]? {
      let readers = recipes.filter { $0.value.sources.contains(candidate.buffer) }.keys
      kept.remove(candidate.buffer)
      defer { kept.insert(candidate.buffer) }
      var changed: [Int: Recipe] = [:]
      for reader in Set(readers).union([candidate.reader]) {
        let wanted = (recipes[reader]?.wanted ?? []) + (reader == candidate.reader ? [candidate.buffer] : [])
        guard let recipe = recipe(for: wanted, from: kept, writers) else { return nil }
        changed[reader] = recipe
      }
      return changed
    }
    /// Bytes to work in for one cotangent.
    func work(_ recomputations: [Recomputation]) -> Int {
      var schedule = recomputing(recomputations)
      schedule.isReadOnce = true
      return schedule.places().workBytes
    }
    func duration(_ recipe: Recipe) -> Double { recipe.steps.reduce(0) { $0 + durations[$1] } }

    let large = (open.reduce(0) { $0 + $1.bytes } + 31) / 32
    var (chosen, aside, savesWork) = ([Recomputation](), [Candidate](), true)
    /// Bytes to work in without what is chosen, where known.
    var least: Int?
    while true {
      guard let next = open.indices.min(by: { open[$0].rank < open[$1].rank }) else {
        if aside.isEmpty { return chosen }
        (open, aside, savesWork) = (aside, [], false)
        continue
      }
      guard let changed = changes(without: open[next]) else {
        open.remove(at: next)
        continue
      }
      // In an order of their own, sums of the same numbers are the same.
      let more = changed.sorted { $0.key < $1.key }.reduce(0) {
        $0 + duration($1.value) - (recipes[$1.key].map(duration) ?? 0)
      }
      // What is no longer kept makes others dearer: the first that has not become so is the cheapest of all.
      if open[next].seconds.map({ more > $0 }) ?? true {
        open[next].seconds = more
        continue
      }
      let candidate = open.remove(at: next)
      if more > left { continue }
      let recomputation = Recomputation(bytes: candidate.bytes, seconds: more, buffer: candidate.buffer)
      if savesWork, candidate.bytes >= large {
        let (before, after) = (least ?? work(chosen), work(chosen + [recomputation]))
        least = before
        if after > before - candidate.bytes / 2 {
          aside.append(candidate)
          continue
        }
        // Memory may be at its fullest elsewhere now.
        open += aside
        aside = []
      }
      left -= more
      kept.remove(candidate.buffer)
      recipes.merge(changed) { $1 }
      chosen.append(recomputation)
      least = nil
      // What a step makes for itself makes others cheaper that it reads.
      for index in open.indices where changed[open[index].reader] != nil { open[index].seconds = nil }
    }
  }

  /// The schedule that does not keep some buffers of the tape, but runs the kernels that make them again before the reverse
  /// pass reads them.
  func recomputing(_ recomputations: some Sequence<Recomputation>) -> Schedule {
    let dropped = Set(recomputations.map(\.buffer))
    if dropped.isEmpty { return self }
    let (writers, tape) = (writers(), tape())
    let kept = Set(tape.map(\.index)).subtracting(dropped)
    let readers = Dictionary(grouping: tape.filter { dropped.contains($0.index) }, by: \.reader)
    var out = self
    out.steps = []
    /// For every buffer that is no longer kept the one that has its values in the reverse pass.
    var again: [Int: Int] = [:]
    for (position, step) in steps.enumerated() {
      if let wanted = readers[position]?.map(\.index) {
        var made: [Int: Int] = [:]
        for repeated in recipe(for: wanted, from: kept, writers)?.steps ?? [] {
          var copy = steps[repeated]
          for index in touched(by: copy) where writers[index] == repeated {
            out.buffers.append(buffers[index])
            made[index] = out.buffers.count - 1
          }
          copy.replaceBuffers(made)
          // It works for the reverse pass of the node that reads it.
          copy.node = step.node
          out.steps.append(copy)
        }
        for buffer in wanted { again[buffer] = made[buffer] }
      }
      var step = step
      if position >= reverseStart { step.replaceBuffers(again) }
      out.steps.append(step)
    }
    out.reverseStart = reverseStart
    return out
  }

  /// A buffer of the tape that may be computed again, and the step that reads it first.
  private struct Candidate {
    let buffer: Int
    let reader: Int
    let bytes: Int
    /// What it costs as far as known.
    var seconds: Double?

    /// The place among others: least cost per byte first.
    var rank: (Double, Int) { ((seconds ?? 0) / Double(bytes), buffer) }
  }

  /// Steps of the forward pass, in their order, that make some buffers again, and what they read of the tape.
  private struct Recipe {
    let wanted: [Int]
    let steps: [Int]
    let sources: Set<Int>
  }

  /// The step that writes each buffer.
  private func writers() -> [Int: Int] {
    var writers: [Int: Int] = [:]
    for (position, step) in steps.enumerated() {
      for index in touched(by: step) where writers[index] == nil { writers[index] = position }
    }
    return writers
  }

  /// Whether a step copies what the caller hands over, which may be gone at the reverse pass: the copy is what is kept.
  private func copiesInput(_ step: Int?) -> Bool {
    step.map { steps[$0].arguments.contains { if case .external = $0.place { true } else { false } } } ?? false
  }

  /// How to make buffers of kept ones and constants; `nil` where that takes too many steps to be worth it.
  private func recipe(for wanted: [Int], from kept: Set<Int>, _ writers: [Int: Int]) -> Recipe? {
    var (recipe, sources): (Set<Int>, Set<Int>) = ([], [])
    var open = wanted
    while let index = open.popLast() {
      guard let writer = writers[index], writer < reverseStart, !copiesInput(writer) else { return nil }
      if !recipe.insert(writer).inserted { continue }
      if recipe.count > Self.longestRecipe { return nil }
      for case .buffer(let source) in steps[writer].arguments.map(\.place) where writers[source] != writer {
        if kept.contains(source) || copiesInput(writers[source]) {
          sources.insert(source)
        } else {
          open.append(source)
        }
      }
    }
    return Recipe(wanted: wanted, steps: recipe.sorted(), sources: sources)
  }

  /// Longer ones are never cheap.
  private static let longestRecipe = 64
}
