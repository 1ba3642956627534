/// A box of voxels: the first and the last index along each axis.
public struct VoxelBox: Sendable, Hashable {
  public var low: SIMD3<Int>
  public var high: SIMD3<Int>

  /// Makes a box.
  ///
  /// - Precondition: `low` is nowhere above `high`.
  public init(low: SIMD3<Int>, high: SIMD3<Int>) {
    precondition((0..<3).allSatisfy { low[$0] <= high[$0] }, "a box has a voxel along each axis")
    (self.low, self.high) = (low, high)
  }

  /// Voxels along each axis.
  public var dimensions: SIMD3<Int> { high &- low &+ 1 }

  /// The smallest box around both.
  public func union(_ other: VoxelBox) -> VoxelBox {
    VoxelBox(low: pointwiseMin(low, other.low), high: pointwiseMax(high, other.high))
  }
}

extension Volume where Element == Int32 {
  /// The smallest box around each label that occurs, the background's among them.
  ///
  /// - Complexity: O(voxels).
  public var extents: [Int32: VoxelBox] {
    var extents: [Int32: VoxelBox] = [:]
    let n = grid.dimensions
    voxels.withUnsafeBufferPointer { voxels in
      for row in 0..<n.y * n.z {
        let (j, k) = (row % n.y, row / n.y)
        var start = 0
        while start < n.x {
          let label = voxels[row * n.x + start]
          var end = start + 1
          while end < n.x, voxels[row * n.x + end] == label { end += 1 }
          let run = VoxelBox(low: [start, j, k], high: [end - 1, j, k])
          extents[label] = extents[label]?.union(run) ?? run
          start = end
        }
      }
    }
    return extents
  }
}

extension Volume {
  /// The voxels of a box, every one where it lies in the world.
  ///
  /// - Precondition: the box lies inside the grid.
  /// - Complexity: O(voxels of the box).
  public func cropped(to box: VoxelBox) -> Volume {
    var part = Grid(dimensions: box.dimensions, affine: grid.affine)
    part.affine.t = grid.affine(SIMD3<Double>(box.low))
    var values: [Element] = []
    values.reserveCapacity(part.count)
    for k in box.low.z...box.high.z {
      for j in box.low.y...box.high.y {
        let start = grid.offset(box.low.x, j, k)
        values += voxels[start..<start + box.dimensions.x]
      }
    }
    return Volume(grid: part, voxels: values)
  }
}
