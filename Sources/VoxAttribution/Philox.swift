/// Philox4x32-10: four random words from a counter and a key, without any state.
///
/// - Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011; Random123.
package struct Philox: Sendable {
  /// The key.
  package let key: SIMD2<UInt32>

  /// Makes a generator.
  package init(key: SIMD2<UInt32>) { self.key = key }

  /// Makes a generator with a seed's low word first in its key.
  package init(seed: UInt64) {
    self.init(key: [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)])
  }

  /// Four words for a counter.
  @inline(__always)
  package func callAsFunction(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var (words, key) = (counter, key)
    for _ in 0..<10 {
      let a = UInt64(words.x) * 0xD251_1F53
      let b = UInt64(words.z) * 0xCD9E_8D57
      words = [
        UInt32(truncatingIfNeeded: b >> 32) ^ words.y ^ key.x, UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: a >> 32) ^ words.w ^ key.y, UInt32(truncatingIfNeeded: a),
      ]
      key &+= [0x9E37_79B9, 0xBB67_AE85]
    }
    return words
  }
}
