import Testing
import VoxRender

@Suite struct PercentileTests {
  @Test("equals the nearest rank of the sorted values", arguments: [0, 0.001, 0.01, 0.25, 0.5, 0.9, 0.995, 1])
  func nearestRank(_ fraction: Double) {
    var state: UInt32 = 1
    let values = (0..<2003).map { _ -> Float in
      state = state &* 1_664_525 &+ 1_013_904_223
      return (Float(state >> 8) - 8_388_608) / 1000
    }
    let sorted = values.sorted()
    let rank = max(1, Int((fraction * 2003).rounded(.up)))
    #expect(Percentile.value(fraction, of: values) == sorted[rank - 1])
    #expect(Percentile.value(fraction, of: values, abs) == values.map { abs($0) }.sorted()[rank - 1])
  }

  @Test("leaves out what is not finite")
  func finite() {
    #expect(Percentile.value(1, of: [.nan, 3, .infinity, -.infinity, -4]) == 3)
    #expect(Percentile.value(0, of: [.nan, 3, .infinity, -.infinity, -4]) == -4)
    #expect(Percentile.value(0.5, of: [.nan]) == nil)
    #expect(Percentile.value(0.5, of: []) == nil)
  }
}
