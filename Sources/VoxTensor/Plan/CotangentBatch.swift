extension Schedule {
  /// The schedule whose reverse pass takes several cotangents back at once.
  ///
  /// A step that does not depend on the cotangent, such as one that computes a tensor again, serves all. A step that
  /// reads what such a one made, or prepares more of constants than it reads and writes, is taken by all cotangents before
  /// the next step; one whose kernel can do part of its work once for all takes them together. Between these, one
  /// cotangent goes back after the other: what it leaves in a cache is still there for its next step, and the others have
  /// its memory afterwards.
  func batched(_ cotangents: Int) throws(EngineError) -> Schedule {
    if cotangents <= 1 { return self }
    var out = self
    out.steps = Array(steps[..<reverseStart])
    /// Buffers whose values depend on a cotangent: for each the buffers of all cotangents.
    var families: [Int: [Int]] = [:]
    /// Buffers that the reverse pass makes for all cotangents.
    var common: Set<Int> = []
    var known = Set(out.steps.flatMap(touched))
    /// Steps that one cotangent takes after the other, and whether each depends on it.
    var stretch: [(step: Step, isDependent: Bool)] = []

    func append(_ step: Step, for cotangent: Int, again: Bool) {
      var copy = step
      (copy.cotangent, copy.runsAgain) = (cotangent, again)
      copy.arguments = step.arguments.map { ($0.slot, $0.place.of(cotangent, families)) }
      if cotangent > 0, !again { out.giveScratchpad(&copy) }
      out.steps.append(copy)
    }
    func appendJoined(_ step: Step, _ kernel: Kernel) {
      var joined = Step(kernel: kernel, arguments: [], node: step.node)
      for (slot, place) in step.arguments {
        let count = place.dependsOnCotangent(families) ? cotangents : 1
        for cotangent in 0..<count {
          joined.arguments.append((slot.of(cotangent), place.of(cotangent, families)))
        }
      }
      out.steps.append(joined)
    }
    func endStretch() {
      for cotangent in 0..<cotangents {
        for (step, isDependent) in stretch {
          if isDependent {
            append(step, for: cotangent, again: false)
          } else if cotangent == 0 {
            out.steps.append(step)
          }
        }
      }
      stretch = []
    }

    for step in steps[reverseStart...] {
      let isDependent = step.arguments.contains { $0.place.dependsOnCotangent(families) }
      let sources = touched(by: step).filter(known.contains)
      for argument in step.arguments where argument.slot != .scratchpad {
        guard case .buffer(let index) = argument.place, known.insert(index).inserted else { continue }
        if isDependent {
          families[index] = [index] + (out.buffers.count..<out.buffers.count + cotangents - 1)
          out.buffers += Array(repeating: buffers[index], count: cotangents - 1)
        } else {
          common.insert(index)
        }
      }
      if isDependent, let kernel = try step.kernel.joined(cotangents: cotangents) {
        endStretch()
        appendJoined(step, kernel)
      } else if isDependent, sources.contains(where: common.contains) || step.preparesMoreThanItMoves {
        endStretch()
        for cotangent in 0..<cotangents { append(step, for: cotangent, again: cotangent > 0) }
      } else {
        stretch.append((step, isDependent))
      }
    }
    endStretch()
    return out
  }

  /// About how many seconds each cotangent of a batch saves but the first.
  ///
  /// - Parameter seconds: what a step takes.
  func secondsShared(_ seconds: (Step) -> Double, _ cost: RoughCost) throws(EngineError) -> Double {
    let pair = try batched(2)
    return pair.steps[pair.reverseStart...].reduce(0) { sum, step in
      if step.kernel.joinedFlops > 0 { return sum + cost.seconds(step.kernel.joinedFlops, 0) }
      if step.cotangent == nil { return sum + seconds(step) }
      return step.runsAgain ? sum + cost.seconds(0, 2 * step.kernel.preparedBytes) : sum
    }
  }
}

extension Schedule {
  /// Gives a step a scratchpad of its own, for one that is shared lives until the last step that works in it.
  fileprivate mutating func giveScratchpad(_ step: inout Step) {
    for argument in step.arguments.indices where step.arguments[argument].slot == .scratchpad {
      guard case .buffer(let index) = step.arguments[argument].place else { continue }
      buffers.append(buffers[index])
      step.arguments[argument].place = .buffer(buffers.count - 1)
    }
  }
}

extension Schedule.Step {
  /// Whether a run makes more bytes of constants than it reads and writes otherwise.
  fileprivate var preparesMoreThanItMoves: Bool {
    let moved = arguments.reduce(0) { bytes, argument in
      switch argument.place {
      case .buffer where argument.slot != .scratchpad: bytes + (kernel.layout(argument.slot)?.bytes ?? 0)
      case .buffer, .external, .literal, .constant: bytes
      }
    }
    return kernel.preparedBytes > moved
  }
}

extension Operand.Place {
  fileprivate func dependsOnCotangent(_ families: [Int: [Int]]) -> Bool {
    switch self {
    case .external(.cotangent), .external(.classNumber): true
    case .buffer(let index): families[index] != nil
    case .external, .literal, .constant: false
    }
  }

  /// The same for another cotangent.
  fileprivate func of(_ cotangent: Int, _ families: [Int: [Int]]) -> Operand.Place {
    switch self {
    case .external(.cotangent): .external(.cotangent(cotangent))
    case .external(.classNumber): .external(.classNumber(cotangent))
    case .external(.gradient): .external(.gradient(cotangent))
    case .buffer(let index): families[index].map { .buffer($0[cotangent]) } ?? self
    case .external, .literal, .constant: self
    }
  }
}
