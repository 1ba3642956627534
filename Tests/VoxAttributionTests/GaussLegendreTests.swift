import Testing
import VoxAttribution

@Suite struct GaussLegendreTests {
  /// With n points, x^(2n - 1) is integrated exactly.
  @Test(arguments: [1, 2, 3, 5, 20, 64, 1000]) func integratesPolynomialsExactly(_ count: Int) {
    let nodes = GaussLegendre(count: count).nodes
    #expect(nodes.count == count)
    for degree in [0, 1, count, 2 * count - 1] {
      let integral = nodes.reduce(0.0) { sum, node in
        sum + node.weight * (0..<degree).reduce(1.0) { power, _ in power * node.position }
      }
      #expect(abs(integral * Double(degree + 1) - 1) < 1e-11, "degree \(degree)")
    }
  }

  @Test func positionsRiseInsideTheInterval() {
    let positions = GaussLegendre(count: 33).nodes.map(\.position)
    #expect(positions == positions.sorted())
    #expect(positions.allSatisfy { $0 > 0 && $0 < 1 })
  }
}
