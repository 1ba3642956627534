/// A voxel-to-world map of a grid: `world = x * i + y * j + z * k + t`.
///
/// Columns are the world vectors of one voxel step along each voxel axis; the last row is always `[0 0 0 1]`.
///
/// - Units: millimetres.
/// - Coordinates: voxel index (i, j, k), centre of the first voxel at (0, 0, 0), to RAS+ world (NIfTI's).
/// - Source: NIfTI-1 header, method 3 (`sform`).
public struct Affine: Sendable, Hashable {
  /// World vector of one step along the first voxel axis.
  public var x: SIMD3<Double>
  /// World vector of one step along the second voxel axis.
  public var y: SIMD3<Double>
  /// World vector of one step along the third voxel axis.
  public var z: SIMD3<Double>
  /// World position of the centre of voxel (0, 0, 0).
  public var t: SIMD3<Double>

  /// Makes an affine from its four columns.
  public init(x: SIMD3<Double>, y: SIMD3<Double>, z: SIMD3<Double>, t: SIMD3<Double>) {
    (self.x, self.y, self.z, self.t) = (x, y, z, t)
  }

  /// Makes an axis-aligned RAS+ affine.
  public init(spacing: SIMD3<Double>, origin: SIMD3<Double> = .zero) {
    self.init(x: [spacing.x, 0, 0], y: [0, spacing.y, 0], z: [0, 0, spacing.z], t: origin)
  }

  /// Makes an affine from the first three rows of its matrix, each with four elements.
  public init(rows r0: SIMD4<Double>, _ r1: SIMD4<Double>, _ r2: SIMD4<Double>) {
    self.init(x: [r0.x, r1.x, r2.x], y: [r0.y, r1.y, r2.y], z: [r0.z, r1.z, r2.z], t: [r0.w, r1.w, r2.w])
  }

  /// One millimetre per voxel, origin at the first voxel.
  public static let identity = Affine(spacing: [1, 1, 1])

  /// The first three rows of the matrix.
  public var rows: [SIMD4<Double>] { (0..<3).map { [x[$0], y[$0], z[$0], t[$0]] } }

  /// World vector of one step along voxel axis 0, 1 or 2.
  public subscript(axis: Int) -> SIMD3<Double> {
    get { axis == 0 ? x : axis == 1 ? y : z }
    set {
      switch axis {
      case 0: x = newValue
      case 1: y = newValue
      default: z = newValue
      }
    }
  }

  /// Distance between neighbouring voxel centres along each voxel axis, in millimetres.
  public var spacing: SIMD3<Double> { [x.length, y.length, z.length] }

  /// Signed volume of one voxel in cubic millimetres; negative for a left-handed grid.
  public var determinant: Double { x.dot(y.cross(z)) }

  /// Volume of one voxel in cubic millimetres.
  public var voxelVolume: Double { abs(determinant) }

  /// World position of a (fractional) voxel index.
  public func callAsFunction(_ index: SIMD3<Double>) -> SIMD3<Double> {
    let xy: SIMD3<Double> = x * index.x + y * index.y
    return xy + z * index.z + t
  }

  /// World to voxel index, or `nil` when the three columns do not span space.
  ///
  /// They do where their box has more than a billionth of the volume it would have with right angles, however small
  /// the voxels are.
  public var inverse: Affine? {
    let d = determinant
    guard d.isFinite, abs(d) > 1e-9 * x.length * y.length * z.length else { return nil }
    let (rowX, rowY, rowZ) = (y.cross(z) / d, z.cross(x) / d, x.cross(y) / d)
    let columns = (0..<3).map { SIMD3(rowX[$0], rowY[$0], rowZ[$0]) }
    let linear = Affine(x: columns[0], y: columns[1], z: columns[2], t: .zero)
    return Affine(x: linear.x, y: linear.y, z: linear.z, t: -linear(t))
  }

  /// The composition that applies `right` first.
  public static func * (left: Affine, right: Affine) -> Affine {
    let linear = Affine(x: left.x, y: left.y, z: left.z, t: .zero)
    return Affine(x: linear(right.x), y: linear(right.y), z: linear(right.z), t: left(right.t))
  }

  /// Largest cosine between two different voxel axes; 0 for an orthogonal grid.
  public var shear: Double {
    let s = spacing
    guard s.x > 0, s.y > 0, s.z > 0 else { return 1 }
    return max(abs(x.dot(y)) / (s.x * s.y), abs(x.dot(z)) / (s.x * s.z), abs(y.dot(z)) / (s.y * s.z))
  }

  /// Whether every matrix element differs by at most `tolerance` (millimetres).
  public func isClose(to other: Affine, tolerance: Double = 1e-3) -> Bool {
    zip(rows, other.rows).allSatisfy { a, b in (0..<4).allSatisfy { abs(a[$0] - b[$0]) <= tolerance } }
  }
}

extension SIMD3<Double> {
  /// Inner product.
  public func dot(_ other: Self) -> Double { (self * other).sum() }

  /// Vector product.
  public func cross(_ o: Self) -> Self { [y * o.z - z * o.y, z * o.x - x * o.z, x * o.y - y * o.x] }

  /// Euclidean norm.
  public var length: Double { dot(self).squareRoot() }

  /// The same direction with norm 1; zero stays zero.
  public var normalized: Self { length > 0 ? self / length : self }
}
