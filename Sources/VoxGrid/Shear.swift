extension Grid {
  /// How far a grid whose axes are not perpendicular may place a point from where the nearest one with perpendicular
  /// axes has it, in millimetres, before it counts as sheared.
  public static let tolerance = 0.05

  /// The most voxels along an axis of a grid made for resampling; their product fits 64 bits.
  static let longestAxis = 1 << 16

  /// Whether the axes are perpendicular: ``shearDisplacement`` is at most ``tolerance``.
  public var isOrthogonal: Bool { shearDisplacement <= Self.tolerance }

  /// The affine of the same centre and spacing whose axes are perpendicular and lie nearest to the grid's; `nil` where
  /// those do not span space.
  ///
  /// The directions are the polar factor of the axes as long as the grid, which is nearest to them in least squares.
  ///
  /// - Source: Higham, *Computing the polar decomposition*, SIAM J. Sci. Stat. Comput. 7 (1986).
  public var nearestRectangularAffine: Affine? {
    guard affine.inverse != nil else { return nil }
    let sides = (0..<3).map { affine[$0] * Double(dimensions[$0]) }
    let longest = sides.map(\.length).max() ?? 1
    var axes = Affine(spacing: [1, 1, 1])
    for axis in 0..<3 { axes[axis] = sides[axis] * (sides[axis].length / (longest * longest)) }
    guard var nearest = axes.polarFactor else { return nil }
    for axis in 0..<3 { nearest[axis] *= affine[axis].length }
    let middle = (SIMD3<Double>(dimensions) - 1) / 2
    nearest.t = affine(middle) - nearest(middle)
    return nearest
  }

  /// The largest distance, over all points of the grid out to its faces, between where the affine places a point and
  /// where ``nearestRectangularAffine`` does, in millimetres; infinite where the axes do not span space.
  public var shearDisplacement: Double {
    guard let nearest = nearestRectangularAffine else { return .infinity }
    let strays = (0..<3).map { axis in
      let direction = nearest[axis].normalized
      return (affine[axis] - direction * affine[axis].dot(direction)) * Double(dimensions[axis])
    }
    let corners: [SIMD3<Double>] = [[1, 1, 1], [-1, 1, 1], [1, -1, 1], [1, 1, -1]]
    let displacements = corners.map { sign in
      let plane: SIMD3<Double> = strays[0] * sign.x + strays[1] * sign.y
      return (plane + strays[2] * sign.z).length / 2
    }
    return displacements.max() ?? 0
  }

  /// The grid itself where its axes are perpendicular, else the grid with perpendicular axes that covers its voxels.
  ///
  /// The first axis keeps its direction, the second lies in the plane of the first two, the third points along that
  /// plane's normal. Spacing is kept along the first two; along the third it is the distance between slices. The first
  /// voxel's centre is the centre of a voxel, and the dimensions grow until every voxel's centre lies inside.
  ///
  /// - Throws: ``GridError`` when the axes do not span space, or the shear would take too many voxels to cover.
  public var orthogonalized: Grid {
    get throws(GridError) {
      if isOrthogonal { return self }
      guard affine.inverse != nil else { throw GridError.singularAffine(affine) }
      let first = affine.x.normalized
      let normal = affine.x.cross(affine.y).normalized
      let side = normal.cross(first)
      let step = affine.z.dot(normal)
      let axes = Affine(x: first * affine.x.length, y: side * affine.y.length, z: normal * step, t: affine.t)
      guard let toIndex = axes.inverse else { throw GridError.singularAffine(affine) }
      // Steps along the grid's axes, in voxels of the new one; what is a whole number but for rounding becomes one.
      let map = toIndex * affine
      var (start, count) = (SIMD3<Double>.zero, SIMD3<Double>.zero)
      for axis in 0..<3 {
        let steps = (0..<3).map { map[$0][axis] * Double(dimensions[$0] - 1) }
        start[axis] = (steps.reduce(0) { $0 + min(0, $1) } + 1e-6).rounded(.down)
        count[axis] = (steps.reduce(0) { $0 + max(0, $1) } - 1e-6).rounded(.up) - start[axis] + 1
      }
      guard count.max() <= Double(Self.longestAxis) else {
        throw GridError.excessiveShear(affine, dimensions: count)
      }
      var out = Grid(dimensions: SIMD3((0..<3).map { Int(count[$0]) }), affine: axes)
      out.affine.t = axes(start)
      return out
    }
  }
}

extension Affine {
  /// The rotation or reflection nearest to the linear part, by Newton's iteration; `nil` where that is singular.
  fileprivate var polarFactor: Affine? {
    var q = self
    q.t = .zero
    for _ in 0..<100 {
      guard let inverse = q.inverse else { return nil }
      var (next, change) = (q, 0.0)
      for axis in 0..<3 {
        // A column of the inverse's transpose is a row of the inverse.
        let row = SIMD3(inverse.x[axis], inverse.y[axis], inverse.z[axis])
        next[axis] = (q[axis] + row) / 2
        change = max(change, (next[axis] - q[axis]).length)
      }
      q = next
      if change < 1e-14 { break }
    }
    return q
  }
}
