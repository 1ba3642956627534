extension Schedule {
  /// The schedule whose reverse pass takes several cotangents back at once.
  ///
  /// Every step that depends on the cotangent is there once for each, one directly after the other, with memory of their
  /// own for what they make and one scratchpad; a step that does not depend on it, such as one that computes a tensor again,
  /// serves all.
  func batched(_ cotangents: Int) -> Schedule {
    if cotangents <= 1 { return self }
    var out = self
    out.steps = Array(steps[..<reverseStart])
    /// Buffers with values that depend on a cotangent: for each the buffers of all cotangents.
    var families: [Int: [Int]] = [:]
    var known = Set(steps[..<reverseStart].flatMap(touched))
    for step in steps[reverseStart...] {
      let made = step.arguments.compactMap { argument -> Int? in
        guard case .buffer(let index) = argument.place, argument.slot != .scratchpad else { return nil }
        return known.insert(index).inserted ? index : nil
      }
      guard dependsOnCotangent(step, families) else {
        out.steps.append(step)
        continue
      }
      for buffer in made {
        let first = out.buffers.count
        out.buffers += Array(repeating: buffers[buffer], count: cotangents - 1)
        families[buffer] = [buffer] + (first..<out.buffers.count)
      }
      for cotangent in 0..<cotangents {
        var copy = step
        copy.cotangent = cotangent
        copy.replaceBuffers(families.mapValues { $0[cotangent] })
        copy.arguments = copy.arguments.map { ($0.slot, $0.place.ofCotangent(cotangent)) }
        out.steps.append(copy)
      }
    }
    return out
  }

  private func dependsOnCotangent(_ step: Step, _ families: [Int: [Int]]) -> Bool {
    step.arguments.contains { argument in
      switch argument.place {
      case .external(.cotangent): true
      case .buffer(let index): families[index] != nil
      case .external, .literal, .constant: false
      }
    }
  }

  /// About how many seconds each cotangent of a batch saves but the first.
  ///
  /// - Parameter seconds: what a step takes.
  func secondsShared(_ seconds: (Step) -> Double, _ cost: RoughCost) -> Double {
    let one = batched(2)
    return one.steps[one.reverseStart...].reduce(0) { sum, step in
      switch step.cotangent {
      case nil: sum + seconds(step)
      case 1: sum + cost.seconds(0, 2 * step.kernel.preparedBytes)
      default: sum
      }
    }
  }
}

extension Operand.Place {
  /// The same for another cotangent, where the caller hands it over or receives what comes of it.
  fileprivate func ofCotangent(_ index: Int) -> Operand.Place {
    switch self {
    case .external(.cotangent): .external(.cotangent(index))
    case .external(.gradient): .external(.gradient(index))
    case .external, .buffer, .literal, .constant: self
    }
  }
}
