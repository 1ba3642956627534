import Glibc

/// How often each byte occurs.
struct ByteCounts {
  private var counts = [Int](repeating: 0, count: 256)
  private let total: Int

  /// Counts bytes.
  ///
  /// - Complexity: O(bytes).
  init(_ bytes: UnsafeRawBufferPointer) {
    total = bytes.count
    // Two tables: counting the same byte twice in a row would wait for the first count.
    var others = counts
    counts.withUnsafeMutableBufferPointer { even in
      others.withUnsafeMutableBufferPointer { odd in
        for pair in 0..<bytes.count / 2 {
          even[Int(bytes[2 * pair])] &+= 1
          odd[Int(bytes[2 * pair + 1])] &+= 1
        }
        if bytes.count % 2 == 1 { even[Int(bytes[bytes.count - 1])] += 1 }
        for byte in 0..<256 { even[byte] += odd[byte] }
      }
    }
  }

  /// What an ideal code of whole bytes needs for one of them, 0 to 8 bits; 0 where there are none.
  var entropy: Double {
    counts.reduce(0) { sum, count in
      let share = Double(count) / Double(max(1, total))
      return count > 0 ? sum - share * log2(share) : sum
    }
  }
}
