public import VoxGrid

/// One of the three anatomical planes, shown as radiologists expect it.
///
/// Axial and coronal: the patient's right on the left of the picture. Sagittal: anterior on the left. Anterior, or
/// superior, is up.
public enum Plane: String, Sendable, CaseIterable {
  case axial, coronal, sagittal

  /// World axes (0 = right-left, 1 = anterior-posterior, 2 = superior-inferior) of columns, rows and slices.
  ///
  /// Columns run from left to right towards L or P, rows from top to bottom towards P or I.
  var worldAxes: (column: Int, row: Int, slice: Int) {
    switch self {
    case .axial: (0, 1, 2)
    case .coronal: (0, 2, 1)
    case .sagittal: (1, 2, 0)
    }
  }
}

/// How the slices of a grid lie in one plane.
///
/// An oblique grid is shown along the voxel axes nearest to the anatomical ones.
public struct PlaneView: Sendable {
  /// The plane shown.
  public let plane: Plane
  /// Pixels from left to right.
  public let width: Int
  /// Pixels from top to bottom.
  public let height: Int
  /// Number of slices.
  public let count: Int
  /// Width and height of a pixel in millimetres.
  public let spacing: SIMD2<Double>

  /// Voxel axes of columns, rows and slices.
  private let axes: SIMD3<Int>
  private let start: Int
  private let columnStride: Int
  private let rowStride: Int
  private let sliceStride: Int
  private let isFlipped: (column: Bool, row: Bool)

  /// Finds the columns, rows and slices of a plane in a grid.
  public init(_ grid: Grid, plane: Plane) {
    let (orientation, n) = (grid.orientation, grid.dimensions)
    func voxelAxis(_ world: Int) -> Int { (0..<3).first { orientation.axes[$0] == world } ?? world }
    let axes = SIMD3(
      voxelAxis(plane.worldAxes.column), voxelAxis(plane.worldAxes.row), voxelAxis(plane.worldAxes.slice))
    let strides = SIMD3(1, n.x, n.x * n.y)
    isFlipped = (orientation.signs[axes.x] > 0, orientation.signs[axes.y] > 0)
    (self.plane, self.axes) = (plane, axes)
    (width, height, count) = (n[axes.x], n[axes.y], n[axes.z])
    spacing = [grid.spacing[axes.x], grid.spacing[axes.y]]
    columnStride = isFlipped.column ? -strides[axes.x] : strides[axes.x]
    rowStride = isFlipped.row ? -strides[axes.y] : strides[axes.y]
    sliceStride = strides[axes.z]
    start =
      (isFlipped.column ? (width - 1) * strides[axes.x] : 0) + (isFlipped.row ? (height - 1) * strides[axes.y] : 0)
  }

  /// The anatomical letters at the left, right, top and bottom edge.
  public var edges: (left: Character, right: Character, top: Character, bottom: Character) {
    let letters: [(Character, Character)] = [("R", "L"), ("A", "P"), ("S", "I")]
    let (column, row) = (letters[plane.worldAxes.column], letters[plane.worldAxes.row])
    return (column.0, column.1, row.0, row.1)
  }

  /// Column, row and slice of a voxel.
  public func position(of voxel: SIMD3<Int>) -> (column: Int, row: Int, slice: Int) {
    let (column, row) = (voxel[axes.x], voxel[axes.y])
    return (isFlipped.column ? width - 1 - column : column, isFlipped.row ? height - 1 - row : row, voxel[axes.z])
  }

  /// One slice of a volume on this grid, each value converted.
  ///
  /// - Precondition: `volume` has the grid's dimensions and `index` is in `0..<count`.
  /// - Complexity: O(pixels).
  public func slice<Element>(
    _ volume: Volume<Element>, at index: Int, _ convert: (Element) -> Float
  ) -> Slice {
    precondition(0..<count ~= index, "slice \(index) of \(count)")
    var pixels: [Float] = []
    pixels.reserveCapacity(width * height)
    for row in 0..<height {
      let first = start + index * sliceStride + row * rowStride
      for column in 0..<width { pixels.append(convert(volume.voxels[first + column * columnStride])) }
    }
    return Slice(width: width, height: height, spacing: spacing, pixels: pixels)
  }
}
