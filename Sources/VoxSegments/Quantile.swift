extension RandomAccessCollection where Element: BinaryFloatingPoint, Index == Int {
  /// The quantile of a collection in rising order, linear between neighbours; NaN for an empty one.
  ///
  /// - Parameter fraction: 0 for the smallest value, 1 for the largest.
  /// - Complexity: O(1).
  /// - Source: numpy `quantile` with method `linear`.
  func quantile(_ fraction: Double) -> Double {
    guard !isEmpty else { return .nan }
    let position = fraction * Double(count - 1)
    let below = Int(position)
    let low = Double(self[startIndex + below])
    let high = Double(self[startIndex + Swift.min(below + 1, count - 1)])
    return low + (high - low) * (position - Double(below))
  }
}
