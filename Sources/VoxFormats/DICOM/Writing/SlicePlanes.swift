internal import Glibc
package import VoxGrid

/// Where the slices of a grid along its third axis lie, as DICOM says it.
///
/// Rows of an image run along the grid's first axis, its columns along the second, whatever their orientation; slice k
/// is the grid's, so its order may be against the normal of the planes.
///
/// - Units: millimetres.
/// - Coordinates: LPS+ patient coordinates.
package struct SlicePlanes: Sendable {
  /// Distance between neighbouring slices along their normal.
  package let spacing: Double
  private let grid: Grid
  private let alongRow: SIMD3<Double>
  private let alongColumn: SIMD3<Double>

  /// Takes the planes of a grid.
  ///
  /// - Throws: ``FormatError`` with code `unsupported` for a grid without volume, one that is sheared by more than a
  ///   reader tolerates anywhere on it, and one with more than 65535 rows or columns.
  package init(_ grid: Grid) throws(FormatError) {
    for axis in 0..<2 where grid.dimensions[axis] > 65535 {
      throw FormatError(
        .unsupported, "expected at most 65535 voxels, found \(grid.dimensions[axis]); choose another orientation",
        at: .axis(axis))
    }
    let affine = grid.affine
    guard affine.inverse != nil, (0..<3).allSatisfy({ affine.t[$0].isFinite && affine.spacing[$0].isFinite }) else {
      throw FormatError(.unsupported, "expected a grid whose axes span space, found the affine \(affine.rows)")
    }
    alongRow = affine.x.normalized * Self.flip
    let column = affine.y.normalized * Self.flip
    alongColumn = (column - alongRow * alongRow.dot(column)).normalized
    let normal = alongRow.cross(alongColumn)
    let step = (affine.z * Self.flip).dot(normal)
    (spacing, self.grid) = (abs(step), grid)

    var upright = grid
    upright.affine.y = alongColumn * affine.y.length * Self.flip
    upright.affine.z = normal * step * Self.flip
    guard grid.isClose(to: upright, tolerance: SliceStack.tolerance(of: self[0])) else {
      let degrees = DICOMSeriesProblem.decimal(asin(min(1, affine.shear)) * 180 / .pi, 2)
      throw FormatError(
        .unsupported,
        "the grid's axes are \(degrees) degrees off a right angle: expected a rectangular grid; resample the volume")
    }
  }

  /// The plane of slice k.
  package subscript(k: Int) -> DICOMSlice.Plane {
    DICOMSlice.Plane(
      position: grid.affine([0, 0, Double(k)]) * Self.flip, alongRow: alongRow, alongColumn: alongColumn,
      columnSpacing: grid.spacing.x, rowSpacing: grid.spacing.y)
  }

  /// From RAS+ to LPS+ and back.
  private static let flip = SIMD3<Double>(-1, -1, 1)
}
