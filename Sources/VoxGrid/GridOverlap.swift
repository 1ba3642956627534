extension Grid {
  /// Whether the box of this grid's voxels and that of another's share a volume; never for grids without one.
  ///
  /// - Source: separating axis theorem: disjoint boxes have a gap along a face normal of one of them, or along the
  ///   vector product of an edge of each.
  public func overlaps(_ other: Grid) -> Bool {
    guard affine.inverse != nil, other.affine.inverse != nil else { return false }
    let (own, others) = (edges, other.edges)
    let axes = own.normals + others.normals + own.flatMap { edge in others.map { edge.cross($0) } }
    return axes.allSatisfy { axis in
      // Parallel edges have no product.
      guard axis.length > 1e-6 else { return true }
      let (a, b) = (extent(along: axis), other.extent(along: axis))
      return a.low < b.high && b.low < a.high
    }
  }

  /// The smallest box along the world's axes that holds all voxels, in millimetres.
  public var box: (low: SIMD3<Double>, high: SIMD3<Double>) {
    let ends = [SIMD3<Double>(1, 0, 0), [0, 1, 0], [0, 0, 1]].map(extent)
    return ([ends[0].low, ends[1].low, ends[2].low], [ends[0].high, ends[1].high, ends[2].high])
  }

  /// Directions of the box's edges.
  private var edges: [SIMD3<Double>] { (0..<3).map { affine[$0].normalized } }

  /// Where the box lies along an axis.
  private func extent(along axis: SIMD3<Double>) -> (low: Double, high: Double) {
    let middle = center.dot(axis)
    let half = (0..<3).reduce(0) { $0 + abs(affine[$1].dot(axis)) * Double(dimensions[$1]) / 2 }
    return (middle - half, middle + half)
  }
}

extension [SIMD3<Double>] {
  /// Normals of the faces between three edges.
  fileprivate var normals: Self { indices.map { self[($0 + 1) % count].cross(self[($0 + 2) % count]).normalized } }
}
