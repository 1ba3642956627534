import Glibc

/// Gauss-Legendre quadrature on 0...1: exact for polynomials of degree up to `2 * count - 1`.
package struct GaussLegendre: Sendable {
  /// Points in rising order; weights add up to 1.
  package let nodes: [(position: Double, weight: Double)]

  /// Finds the roots of the Legendre polynomial of degree `count` by Newton's method.
  ///
  /// - Source: Numerical Recipes, third edition, section 4.6.1.
  package init(count: Int) {
    nodes = (0..<count).map { index in
      var root = -cos(Double.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
      var slope = 1.0
      for _ in 0..<100 {
        let (value, derivative) = Self.legendre(count, at: root)
        slope = derivative
        let step = value / derivative
        root -= step
        if abs(step) < 1e-15 { break }
      }
      return ((1 + root) / 2, 1 / ((1 - root * root) * slope * slope))
    }
  }

  private static func legendre(_ degree: Int, at x: Double) -> (value: Double, derivative: Double) {
    var (previous, current) = (1.0, x)
    for n in stride(from: 2, through: degree, by: 1) {
      let (a, b) = (Double(2 * n - 1), Double(n - 1))
      (previous, current) = (current, (a * x * current - b * previous) / Double(n))
    }
    return (current, Double(degree) * (x * current - previous) / (x * x - 1))
  }
}
