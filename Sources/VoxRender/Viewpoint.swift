public import VoxGrid

/// A voxel worth looking at, and why.
public struct Viewpoint: Sendable, Hashable {
  /// What lies there, such as `centre of liver`.
  public let title: String
  /// Voxel index.
  public let voxel: SIMD3<Int>

  /// Makes a viewpoint.
  public init(title: String, voxel: SIMD3<Int>) { (self.title, self.voxel) = (title, voxel) }

  /// The voxel of a segment that lies nearest to its centroid; `nil` for an empty segment.
  ///
  /// - Complexity: O(voxels).
  public static func center(of label: Int32, named name: String, in labels: LabelMap) -> Viewpoint? {
    guard let box = labels.extents[label] else { return nil }
    var (sum, count) = (SIMD3<Int>.zero, 0)
    labels.forEachVoxel(of: label, in: box) { index in
      sum &+= index
      count += 1
    }
    let centroid = labels.grid.affine(SIMD3<Double>(sum) / Double(count))
    var nearest: (voxel: SIMD3<Int>, distance: Double)?
    labels.forEachVoxel(of: label, in: box) { index in
      let distance = (labels.grid.affine(SIMD3<Double>(index)) - centroid).length
      if nearest.map({ distance < $0.distance }) ?? true { nearest = (index, distance) }
    }
    return nearest.map { Viewpoint(title: "centre of \(name)", voxel: $0.voxel) }
  }

  /// Where the attribution is highest, and where it is lowest, averaged over blocks of 3x3x3 voxels.
  ///
  /// - Returns: none for a map of zeros, and only one where all signs agree.
  /// - Complexity: O(voxels).
  public static func peaks(of attribution: Volume<Float>) -> [Viewpoint] {
    let n = attribution.grid.dimensions
    let blocks = (n &+ 2) / 3
    var sums = [Double](repeating: 0, count: blocks.x * blocks.y * blocks.z)
    attribution.voxels.withUnsafeBufferPointer { values in
      sums.withUnsafeMutableBufferPointer { sums in
        for row in 0..<n.y * n.z {
          let line = blocks.x * (row % n.y / 3 + blocks.y * (row / n.y / 3))
          for i in 0..<n.x {
            let value = values[row * n.x + i]
            if value.isFinite { sums[line + i / 3] += Double(value) }
          }
        }
      }
    }
    func voxel(_ block: Int) -> SIMD3<Int> {
      let index = Grid(dimensions: blocks, affine: .identity).index(block)
      return (index &* 3 &+ 1).clamped(lowerBound: .zero, upperBound: n &- 1)
    }
    let highest = sums.indices.max { sums[$0] < sums[$1] }.flatMap { sums[$0] > 0 ? voxel($0) : nil }
    let lowest = sums.indices.min { sums[$0] < sums[$1] }.flatMap { sums[$0] < 0 ? voxel($0) : nil }
    return [
      highest.map { Viewpoint(title: "highest attribution", voxel: $0) },
      lowest.map { Viewpoint(title: "lowest attribution", voxel: $0) },
    ].compactMap { $0 }
  }
}

extension LabelMap {
  @inline(__always)
  fileprivate func forEachVoxel(of label: Int32, in box: VoxelBox, _ body: (SIMD3<Int>) -> Void) {
    for k in box.low.z...box.high.z {
      for j in box.low.y...box.high.y {
        let row = grid.offset(0, j, k)
        for i in box.low.x...box.high.x where voxels[row + i] == label { body(SIMD3(i, j, k)) }
      }
    }
  }
}
