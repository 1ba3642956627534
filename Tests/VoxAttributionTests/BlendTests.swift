import Testing
import VoxAttribution

/// Values of `compute_importance_map(roi, mode="gaussian")` of MONAI 1.6.1.
@Suite struct BlendTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let roi: SIMD3<Int>
    let weights: [SIMD3<Int>: Float]
    let sum: Double
    var testDescription: String { "\(roi)" }
  }

  @Test(arguments: [
    Case(
      roi: [4, 4, 4],
      weights: [[0, 0, 0]: 0.001, [2, 2, 2]: 0.22313017, [1, 2, 2]: 0.22313017, [0, 2, 3]: 0.001], sum: 1.9151239),
    Case(
      roi: [8, 6, 5],
      weights: [
        [0, 0, 0]: 0.001, [4, 3, 2]: 0.70664823, [1, 3, 2]: 0.035181947, [4, 1, 2]: 0.11943296, [0, 3, 4]: 0.001,
      ], sum: 7.5012083),
    Case(
      roi: [80, 80, 16], weights: [[0, 0, 0]: 0.001, [40, 40, 8]: 0.96681321, [40, 1, 2]: 0.001], sum: 3199.3535),
  ])
  func gaussianIsThatOfMONAI(_ item: Case) {
    let map = Blend.gaussian.importance(roi: item.roi)
    #expect(map.count == item.roi.x * item.roi.y * item.roi.z)
    for (index, weight) in item.weights {
      let found = map[(index.x * item.roi.y + index.y) * item.roi.z + index.z]
      #expect(abs(found - weight) <= 2e-7, "at \(index)")
    }
    let sum = map.reduce(0.0) { $0 + Double($1) }
    #expect(abs(sum - item.sum) <= 1e-5 * item.sum)
  }

  @Test func constantIsOneEverywhere() {
    #expect(Blend.constant.importance(roi: [2, 3, 4]) == [Float](repeating: 1, count: 24))
  }
}
