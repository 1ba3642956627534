public import VoxGrid

/// The part of an image that is not dark.
public struct VisibleBox: Sendable {
  /// First and last voxel index along each axis, with a margin of two voxels.
  public let low: SIMD3<Int>
  public let high: SIMD3<Int>

  /// Leaves out outer slabs of which less than one voxel in a hundred is above a level; keeps all where none is.
  ///
  /// - Complexity: O(voxels).
  public init(of image: Volume<Float>, above level: Float) {
    let n = image.grid.dimensions
    var columns = [Int](repeating: 0, count: n.x)
    var rows = [Int](repeating: 0, count: n.y)
    var slices = [Int](repeating: 0, count: n.z)
    image.voxels.withUnsafeBufferPointer { voxels in
      columns.withUnsafeMutableBufferPointer { columns in
        for row in 0..<n.y * n.z {
          var bright = 0
          for i in 0..<n.x {
            let one = voxels[row * n.x + i] > level ? 1 : 0
            columns[i] &+= one
            bright &+= one
          }
          rows[row % n.y] += bright
          slices[row / n.y] += bright
        }
      }
    }
    var (low, high) = (SIMD3<Int>.zero, n &- 1)
    for (axis, counts) in [columns, rows, slices].enumerated() {
      let enough = max(1, image.grid.count / n[axis] / 100)
      guard let first = counts.firstIndex(where: { $0 >= enough }),
        let last = counts.lastIndex(where: { $0 >= enough })
      else { continue }
      low[axis] = max(0, first - 2)
      high[axis] = min(n[axis] - 1, last + 2)
    }
    (self.low, self.high) = (low, high)
  }
}

extension PlaneView {
  /// Columns and rows of a box of voxels.
  public func crop(of box: VisibleBox) -> (columns: Range<Int>, rows: Range<Int>) {
    let (a, b) = (position(of: box.low), position(of: box.high))
    return (
      min(a.column, b.column)..<max(a.column, b.column) + 1, min(a.row, b.row)..<max(a.row, b.row) + 1
    )
  }

  /// Width and height of a box in millimetres.
  public func extent(of box: VisibleBox) -> SIMD2<Double> {
    let part = crop(of: box)
    return SIMD2(Double(part.columns.count), Double(part.rows.count)) * spacing
  }
}
