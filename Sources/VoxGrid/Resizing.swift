extension Grid {
  /// The grid cropped or padded by whole voxels to a number of voxels along each axis, its centre kept: of an odd
  /// difference the extra voxel goes at the end of the axis.
  ///
  /// A voxel of both grids has one place in the world.
  ///
  /// - Parameter dimensions: voxels along each axis, every one at least 1.
  public func resized(to dimensions: SIMD3<Int>) -> Grid {
    let start = cropStart(of: dimensions)
    var out = Grid(dimensions: dimensions, affine: affine)
    out.affine.t = affine(SIMD3<Double>(start))
    return out
  }

  /// The voxel that is the first of the resized grid; negative where it is padded.
  fileprivate func cropStart(of dimensions: SIMD3<Int>) -> SIMD3<Int> {
    SIMD3((0..<3).map { (self.dimensions[$0] - dimensions[$0]) / 2 })
  }
}

extension Volume {
  /// The volume cropped or padded about its centre, as ``Grid/resized(to:)`` says; no value changes.
  ///
  /// - Parameters:
  ///   - dimensions: voxels along each axis, every one at least 1.
  ///   - fill: the value of padded voxels.
  /// - Complexity: O(voxels of the result).
  public func resized(to dimensions: SIMD3<Int>, fill: Element) -> Volume {
    if dimensions == grid.dimensions { return self }
    let (n, start) = (grid.dimensions, grid.cropStart(of: dimensions))
    let kept = (0..<3).map { max(0, -start[$0])..<min(dimensions[$0], n[$0] - start[$0]) }
    let outside = [Element](repeating: fill, count: dimensions.x)
    let out = grid.resized(to: dimensions)
    let resized = voxels.withUnsafeBufferPointer { source in
      outside.withUnsafeBufferPointer { outside in
        [Element](unsafeUninitializedCapacity: out.count) { target, count in
          let source = source.baseAddress.unsafelyUnwrapped
          let outside = outside.baseAddress.unsafelyUnwrapped
          for row in 0..<(dimensions.y * dimensions.z) {
            let (j, k) = (row % dimensions.y, row / dimensions.y)
            let voxels = target.baseAddress.unsafelyUnwrapped + row * dimensions.x
            guard kept[1].contains(j), kept[2].contains(k) else {
              voxels.initialize(from: outside, count: dimensions.x)
              continue
            }
            let (first, end) = (kept[0].lowerBound, kept[0].upperBound)
            let from = source + grid.offset(first + start.x, j + start.y, k + start.z)
            voxels.initialize(from: outside, count: first)
            (voxels + first).initialize(from: from, count: end - first)
            (voxels + end).initialize(from: outside, count: dimensions.x - end)
          }
          count = out.count
        }
      }
    }
    return Volume(grid: out, voxels: resized)
  }
}

extension AnyVolume {
  /// The volume cropped or padded about its centre, as ``Grid/resized(to:)`` says; no value or type changes.
  ///
  /// Padded voxels have the volume's smallest value; colours are black, fully transparent, there.
  public func resized(to dimensions: SIMD3<Int>) -> AnyVolume {
    switch self {
    case .uint8(let v): .uint8(v.resized(to: dimensions, fill: v.minimum))
    case .int8(let v): .int8(v.resized(to: dimensions, fill: v.minimum))
    case .int16(let v): .int16(v.resized(to: dimensions, fill: v.minimum))
    case .uint16(let v): .uint16(v.resized(to: dimensions, fill: v.minimum))
    case .int32(let v): .int32(v.resized(to: dimensions, fill: v.minimum))
    case .uint32(let v): .uint32(v.resized(to: dimensions, fill: v.minimum))
    case .float32(let v): .float32(v.resized(to: dimensions, fill: v.minimum))
    case .float64(let v): .float64(v.resized(to: dimensions, fill: v.minimum))
    case .rgb24(let v): .rgb24(v.resized(to: dimensions, fill: RGB(0, 0, 0)))
    case .rgba32(let v): .rgba32(v.resized(to: dimensions, fill: RGBA(0, 0, 0, 0)))
    }
  }
}
