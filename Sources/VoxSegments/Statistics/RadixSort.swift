internal import VoxGrid

extension Collection<Float> {
  /// The values in rising order.
  ///
  /// Sorts by eleven bits of the values' ordered bit patterns at a time and leaves out bits that are the same
  /// everywhere: whole numbers such as HU take one or two rounds.
  ///
  /// - Precondition: no value is NaN.
  /// - Complexity: O(n); memory 8 bytes per value.
  func radixSorted() -> [Float] {
    var keys = map(\.orderedBits)
    var moved = [UInt32](repeating: 0, count: keys.count)
    for shift in stride(from: UInt32(0), to: 32, by: 11) {
      var starts = [Int](repeating: 0, count: 1 << 11)
      for key in keys { starts[Int(key >> shift & 0x7FF)] += 1 }
      if starts.contains(keys.count) { continue }
      var next = 0
      for digit in starts.indices { (starts[digit], next) = (next, next + starts[digit]) }
      for key in keys {
        let digit = Int(key >> shift & 0x7FF)
        moved[starts[digit]] = key
        starts[digit] += 1
      }
      swap(&keys, &moved)
    }
    return keys.map(Float.ofOrderedBits)
  }
}
