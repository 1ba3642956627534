import Testing
import VoxGrid
import VoxRender

@Suite struct OrderStatisticTests {
  @Test("equals the nearest rank of the sorted values", arguments: [0, 0.001, 0.01, 0.25, 0.5, 0.9, 0.995, 1])
  func nearestRank(_ fraction: Double) {
    var state: UInt32 = 1
    let values = (0..<2003).map { _ -> Float in
      state = state &* 1_664_525 &+ 1_013_904_223
      return (Float(state >> 8) - 8_388_608) / 1000
    }
    let sorted = values.sorted()
    let rank = max(1, Int((fraction * 2003).rounded(.up)))
    #expect(OrderStatistic.value(fraction, of: values) == sorted[rank - 1])
    #expect(OrderStatistic.value(fraction, of: values, abs) == values.map { abs($0) }.sorted()[rank - 1])
  }

  @Test("ordered bits rise with the number and give it back")
  func orderedBits() {
    let rising: [Float] = [
      -.infinity, -.greatestFiniteMagnitude, -1, -.leastNonzeroMagnitude, -0.0, 0, .leastNonzeroMagnitude, 1, 1.5,
      .infinity,
    ]
    let bits = rising.map(\.orderedBits)
    #expect(zip(bits, bits.dropFirst()).allSatisfy { $0 < $1 })
    #expect(bits.map { Float.ofOrderedBits($0).bitPattern } == rising.map(\.bitPattern))
  }

  @Test("leaves out what is not finite")
  func finite() {
    #expect(OrderStatistic.value(1, of: [.nan, 3, .infinity, -.infinity, -4]) == 3)
    #expect(OrderStatistic.value(0, of: [.nan, 3, .infinity, -.infinity, -4]) == -4)
    #expect(OrderStatistic.value(0.5, of: [.nan]) == nil)
    #expect(OrderStatistic.value(0.5, of: []) == nil)
  }
}
