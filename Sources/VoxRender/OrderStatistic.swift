internal import VoxGrid

/// Exact order statistics of many floats without sorting them; by nearest rank, so each is one of the values.
public enum OrderStatistic {
  /// The smallest value that at least `fraction` of the finite values do not exceed; `nil` when none is finite.
  ///
  /// - Parameters:
  ///   - fraction: 0 to 1.
  ///   - values: in any order; NaN and infinities are left out.
  ///   - transform: applied to each value first, e.g. `abs`.
  /// - Complexity: O(values), two passes and two tables of 65536 counts.
  public static func value(
    _ fraction: Double, of values: [Float], _ transform: (Float) -> Float = { $0 }
  ) -> Float? {
    var counts = [Int](repeating: 0, count: 1 << 16)
    var total = 0
    for value in values where value.isFinite {
      counts[Int(transform(value).orderedBits >> 16)] += 1
      total += 1
    }
    guard total > 0 else { return nil }
    var rank = min(total - 1, max(0, Int((fraction * Double(total)).rounded(.up)) - 1))
    let high = bin(&rank, counts)
    counts = [Int](repeating: 0, count: 1 << 16)
    for value in values where value.isFinite {
      let bits = transform(value).orderedBits
      if Int(bits >> 16) == high { counts[Int(bits & 0xFFFF)] += 1 }
    }
    let low = bin(&rank, counts)
    return Float.ofOrderedBits(UInt32(high) << 16 | UInt32(low))
  }

  /// The bin that holds the value of a rank; `rank` becomes the rank within the bin.
  private static func bin(_ rank: inout Int, _ counts: [Int]) -> Int {
    for (index, count) in counts.enumerated() {
      if rank < count { return index }
      rank -= count
    }
    return counts.count - 1
  }
}
