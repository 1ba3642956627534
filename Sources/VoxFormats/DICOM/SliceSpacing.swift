/// How slices follow each other along their normal, in millimetres.
enum SliceSpacing {
  /// Each a step after the one before.
  case regular(step: Double)
  /// Whole steps, of which some are more than one: `multiples[s]` from slice s to the next.
  case gaps(step: Double, multiples: [Int])
  /// Steps that differ; `step` is the smallest.
  case irregular(step: Double)

  /// Looks at at least two depths in rising order.
  ///
  /// - Parameter tolerance: how far a slice may lie from its place, counted from the first slice to the last.
  init(depths: [Double], tolerance: Double) {
    let steps = zip(depths.dropFirst(), depths).map { $0 - $1 }
    let usual = steps.median
    let multiples = steps.map { max(1, ($0 / usual).rounded()) }
    let total = multiples.reduce(0, +)
    let step = steps.reduce(0, +) / total
    var place = 0.0
    let fits = zip(steps.indices, multiples).allSatisfy { index, multiple in
      place += multiple
      return abs(depths[index + 1] - depths[0] - place * step) <= tolerance
    }
    // Beyond a million steps it is no gap.
    guard fits, total < 1e6 else {
      self = .irregular(step: steps.min() ?? 0)
      return
    }
    self =
      multiples.allSatisfy { $0 == 1 } ? .regular(step: step) : .gaps(step: step, multiples: multiples.map(Int.init))
  }

  /// The distance of the planes of a regular grid that misses no slice.
  var step: Double {
    switch self {
    case .regular(let step), .gaps(let step, _), .irregular(let step): step
    }
  }
}

extension [Double] {
  /// The middle value, the lower one of two; 0 of none.
  var median: Double { isEmpty ? 0 : sorted()[(count - 1) / 2] }
}
