/// A buffer of the tape that the reverse pass can have again by running kernels of the forward pass once more.
public struct Recomputation: Sendable {
  /// Bytes of the buffer.
  public let bytes: Int
  /// About how many seconds its kernels take at each reverse pass.
  public let seconds: Double

  /// The buffer.
  let buffer: Int
}

/// What kernels cost on a processor of about this decade; good enough to say which of two ways is the cheaper one.
struct RoughCost {
  /// Operations per second, a multiply-add counted as two.
  let operationsPerSecond: Double
  /// Bytes per second from and to memory.
  let bytesPerSecond = 2e10

  init(threads: Int) { operationsPerSecond = (Vectors.lanes == 16 ? 1.5e11 : 0.85e11) * Double(threads) }

  /// Seconds for as many operations, and bytes read and written.
  func seconds(_ flops: Double, _ bytes: Int) -> Double {
    max(flops / operationsPerSecond, Double(bytes) / bytesPerSecond)
  }
}

extension Schedule {
  /// Seconds of the forward pass.
  func forwardSeconds(_ seconds: (Step) -> Double) -> Double { steps[..<reverseStart].reduce(0) { $0 + seconds($1) } }

  /// The buffers of the tape that cost less to compute again, per byte, than the forward pass costs per byte of the tape;
  /// the cheapest first.
  ///
  /// - Parameter seconds: what a step takes.
  /// - Complexity: O(steps) for each buffer.
  func recomputations(_ seconds: (Step) -> Double) -> [Recomputation] {
    let (writers, tape) = (writers(), Set(tape().map(\.index)))
    let bytes = tape.reduce(0) { $0 + buffers[$1].bytes }
    let limit = forwardSeconds(seconds) / Double(max(bytes, 1))
    let candidates = tape.compactMap { buffer in
      recipe(for: buffer, from: tape.subtracting([buffer]), writers).map { recipe in
        Recomputation(
          bytes: buffers[buffer].bytes, seconds: recipe.reduce(0) { $0 + seconds(steps[$1]) }, buffer: buffer)
      }
    }.sorted { ($0.seconds / Double($0.bytes), $0.buffer) < ($1.seconds / Double($1.bytes), $1.buffer) }
    // What is computed again may itself need what others no longer keep.
    var (kept, chosen) = (tape, [Recomputation]())
    for candidate in candidates {
      kept.remove(candidate.buffer)
      let recipes = (chosen.map(\.buffer) + [candidate.buffer]).map { recipe(for: $0, from: kept, writers) }
      let before = chosen.reduce(0) { $0 + $1.seconds }
      let after = recipes.reduce(0.0) { $0 + ($1 ?? []).reduce(0) { $0 + seconds(steps[$1]) } }
      if recipes.contains(where: { $0 == nil }) || (after - before) > limit * Double(candidate.bytes) {
        kept.insert(candidate.buffer)
      } else {
        chosen.append(Recomputation(bytes: candidate.bytes, seconds: after - before, buffer: candidate.buffer))
      }
    }
    return chosen
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
      for buffer in readers[position] ?? [] {
        var made: [Int: Int] = [:]
        for repeated in recipe(for: buffer.index, from: kept, writers) ?? [] {
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
        again[buffer.index] = made[buffer.index]
      }
      var step = step
      if position >= reverseStart { step.replaceBuffers(again) }
      out.steps.append(step)
    }
    out.reverseStart = reverseStart
    return out
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

  /// The steps of the forward pass that make a buffer from kept ones and constants, in their order; `nil` where there are
  /// too many to be worth it.
  private func recipe(for buffer: Int, from kept: Set<Int>, _ writers: [Int: Int]) -> [Int]? {
    var recipe: Set<Int> = []
    var open = [buffer]
    while let index = open.popLast() {
      guard let writer = writers[index], writer < reverseStart, recipe.count < 8, !copiesInput(writer) else {
        return nil
      }
      if recipe.contains(writer) { continue }
      recipe.insert(writer)
      for case .buffer(let source) in steps[writer].arguments.map(\.place)
      where writers[source] != writer && !kept.contains(source) && !copiesInput(writers[source]) {
        open.append(source)
      }
    }
    return recipe.sorted()
  }
}
