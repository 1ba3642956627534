/// A voxel grid: dimensions and where its voxels lie in the world.
///
/// Voxels are stored with the first axis fastest: `offset = i + nx * (j + ny * k)`.
///
/// - Units: millimetres.
/// - Coordinates: RAS+ world.
public struct Grid: Sendable, Hashable {
  /// Voxels along each axis, every one at least 1.
  public var dimensions: SIMD3<Int>
  /// Voxel index to world.
  public var affine: Affine

  /// Makes a grid.
  public init(dimensions: SIMD3<Int>, affine: Affine) {
    (self.dimensions, self.affine) = (dimensions, affine)
  }

  /// Number of voxels.
  public var count: Int { dimensions.x * dimensions.y * dimensions.z }

  /// Distance between voxel centres along each axis, in millimetres.
  public var spacing: SIMD3<Double> { affine.spacing }

  /// The axis codes nearest to this grid's voxel axes.
  public var orientation: Orientation { Orientation(affine) }

  /// World position of the grid's centre.
  public var center: SIMD3<Double> { affine((SIMD3<Double>(dimensions) - 1) / 2) }

  /// Storage offset of a voxel.
  @inlinable public func offset(_ i: Int, _ j: Int, _ k: Int) -> Int { i + dimensions.x * (j + dimensions.y * k) }

  /// Voxel index of a storage offset.
  @inlinable public func index(_ offset: Int) -> SIMD3<Int> {
    let (rest, i) = offset.quotientAndRemainder(dividingBy: dimensions.x)
    let (k, j) = rest.quotientAndRemainder(dividingBy: dimensions.y)
    return [i, j, k]
  }

  /// Whether dimensions are equal and affines differ by at most `tolerance` (millimetres) anywhere on the grid.
  public func isClose(to other: Grid, tolerance: Double = 1e-3) -> Bool {
    guard dimensions == other.dimensions else { return false }
    let last = SIMD3<Double>(dimensions) - 1
    return (0..<8).allSatisfy { corner in
      let index = SIMD3<Double>(
        corner & 1 == 0 ? 0 : last.x, corner & 2 == 0 ? 0 : last.y, corner & 4 == 0 ? 0 : last.z)
      return (affine(index) - other.affine(index)).length <= tolerance
    }
  }

  /// The grid after permuting and flipping its axes so that they point as `target` says.
  ///
  /// - Complexity: O(1).
  public func reoriented(to target: Orientation) -> Grid { AxisMapping(from: self, to: target).output }

  /// A grid over the same field of view with another spacing.
  ///
  /// The outer faces of the first voxels coincide, so the centre of the first voxel moves by half the change of
  /// spacing; the far faces lie within half a voxel of the old ones. A voxel longer than the whole axis, which stands
  /// alone, has its centre.
  ///
  /// - Parameter spacing: millimetres, every one positive.
  public func respaced(to spacing: SIMD3<Double>) -> Grid {
    var out = self
    var start = SIMD3<Double>.zero
    for axis in 0..<3 {
      let ratio = spacing[axis] / self.spacing[axis]
      out.dimensions[axis] = max(1, Int((Double(dimensions[axis]) / ratio).rounded()))
      start[axis] = (min(ratio, Double(dimensions[axis])) - 1) / 2
      out.affine[axis] = affine[axis] * ratio
    }
    out.affine.t = affine(start)
    return out
  }
}

extension Grid: CustomStringConvertible {
  /// Dimensions, spacing and orientation in one line.
  public var description: String {
    let s = spacing
    return "\(dimensions.x)x\(dimensions.y)x\(dimensions.z) voxels of "
      + "\(Self.short(s.x))x\(Self.short(s.y))x\(Self.short(s.z)) mm, \(orientation), origin "
      + "(\(Self.short(affine.t.x)), \(Self.short(affine.t.y)), \(Self.short(affine.t.z)))"
  }

  private static func short(_ value: Double) -> String {
    let rounded = (value * 10_000).rounded() / 10_000
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : String(rounded)
  }
}
