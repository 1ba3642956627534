import Glibc
import VoxGrid

/// How slices are shifted within their plane against each other, in millimetres.
///
/// A shift that grows with depth is a gantry tilt; what a slice is off that line is a misalignment.
struct SliceAlignment {
  /// The angle between the line through the first pixels and the normal, in degrees; 0 within the tolerance.
  let tilt: Double
  /// Slices off that line and by how much.
  let strays: [(slice: Int, distance: Double)]

  /// Looks at at least two positions by rising depth along the normal.
  init(positions: [SIMD3<Double>], normal: SIMD3<Double>, tolerance: Double) {
    let offsets = positions.map { $0 - positions[0] }
    let depths = offsets.map { $0.dot(normal) }
    let shifts = zip(offsets, depths).map { $0 - normal * $1 }
    var line = Line(leastSquaresOf: shifts, at: depths)
    if !line.distances(shifts, depths).allSatisfy({ $0 <= tolerance }) { line = Line(medianOf: shifts, at: depths) }
    let span = (depths.last ?? 0) - depths[0]
    let isTilted = line.slope.length * span > tolerance
    tilt = isTilted ? atan(line.slope.length) * 180 / .pi : 0
    if !isTilted { line = Line(slope: .zero, start: line.start + line.slope * (span / 2)) }
    strays = line.distances(shifts, depths).enumerated().filter { $1 > tolerance }.map { ($0, $1) }
  }
}

/// Shifts that are linear in the depth.
private struct Line {
  var slope: SIMD3<Double>
  var start: SIMD3<Double>

  init(slope: SIMD3<Double>, start: SIMD3<Double>) { (self.slope, self.start) = (slope, start) }

  init(leastSquaresOf shifts: [SIMD3<Double>], at depths: [Double]) {
    let count = Double(shifts.count)
    let middle = depths.reduce(0, +) / count
    let mean = shifts.reduce(SIMD3<Double>.zero, +) / count
    let spread = depths.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
    let product = zip(shifts, depths).reduce(SIMD3<Double>.zero) { $0 + ($1.0 - mean) * ($1.1 - middle) }
    slope = spread > 0 ? product / spread : .zero
    start = mean - slope * middle
  }

  /// A line that a few strays do not move.
  ///
  /// - Source: Theil 1950, Sen 1968: the median slope of pairs; of many slices only pairs half the stack apart.
  init(medianOf shifts: [SIMD3<Double>], at depths: [Double]) {
    let count = shifts.count
    let half = count / 2
    let pairs =
      count <= 64
      ? (0..<count).flatMap { first in ((first + 1)..<count).map { (first, $0) } }
      : (0..<(count - half)).map { ($0, $0 + half) }
    let slope = Self.median(pairs.map { (shifts[$1] - shifts[$0]) / (depths[$1] - depths[$0]) })
    start = Self.median(zip(shifts, depths).map { $0 - slope * $1 })
    self.slope = slope
  }

  func distances(_ shifts: [SIMD3<Double>], _ depths: [Double]) -> [Double] {
    zip(shifts, depths).map { ($0 - start - slope * $1).length }
  }

  private static func median(_ vectors: [SIMD3<Double>]) -> SIMD3<Double> {
    [vectors.map(\.x).median, vectors.map(\.y).median, vectors.map(\.z).median]
  }
}
