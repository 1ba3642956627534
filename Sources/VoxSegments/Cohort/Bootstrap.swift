/// Percentile bootstrap over cases: 95 % confidence intervals of a mean.
///
/// Every statistic sees the same resamples. Draw `d` of resample `b` comes from a counter-based generator keyed by
/// seed, `b` and `d`, so a result depends on nothing else.
///
/// - Source: Efron and Tibshirani, An Introduction to the Bootstrap, chapter 13; generator: SplitMix64.
struct Bootstrap: Sendable {
  private let cases: Int
  /// The drawn cases [resample, draw].
  private let draws: [Int32]

  /// Draws `resamples` times as many cases as there are.
  ///
  /// - Complexity: O(cases * resamples).
  init(cases: Int, settings: CohortSettings) {
    self.cases = cases
    draws = (0..<cases * max(0, settings.resamples)).map { counter in
      let random = Self.splitMix(settings.seed &+ 0x9E37_79B9_7F4A_7C15 &* UInt64(counter + 1))
      return Int32(random.multipliedFullWidth(by: UInt64(cases)).high)
    }
  }

  /// The interval of the mean of the values that are not NaN; `nil` where there are fewer than two.
  ///
  /// - Parameter values: one per case [cases].
  /// - Complexity: O(cases * resamples).
  func interval(_ values: [Double]) -> (low: Double, high: Double)? {
    guard !draws.isEmpty, values.count == cases, values.present.count > 1 else { return nil }
    let weights = values.map { $0.isNaN ? 0.0 : 1.0 }
    let filled = values.map { $0.isNaN ? 0 : $0 }
    let means = stride(from: 0, to: draws.count, by: cases).map { start in
      var (sum, weight) = (0.0, 0.0)
      for draw in draws[start..<start + cases] {
        sum += filled[Int(draw)]
        weight += weights[Int(draw)]
      }
      return sum / weight
    }
    let sorted = means.present.sorted()
    return sorted.isEmpty ? nil : (sorted.quantile(0.025), sorted.quantile(0.975))
  }

  private static func splitMix(_ state: UInt64) -> UInt64 {
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
