extension Volume where Element == Float {
  /// The volume sampled at the voxel centres of another grid.
  ///
  /// A point within half a voxel of the volume takes the value at the clamped position; a point farther out is `fill`.
  /// A caller that needs the volume no longer says `consume`: the filters then work in its memory.
  ///
  /// - Parameters:
  ///   - grid: where to sample.
  ///   - interpolation: linear, nearest or cubic.
  ///   - fill: the value outside the volume, in the volume's units.
  ///   - antialias: whether a Gaussian first runs along every axis that is sampled more than 1.5 times as coarsely;
  ///     never with nearest.
  ///   - threads: how many threads share the work; the result does not depend on it.
  /// - Throws: ``GridError`` when the volume's affine cannot be inverted.
  /// - Complexity: O(voxels of `grid`), and O(voxels of the volume) for the filters of cubic and `antialias`.
  public consuming func resampled(
    onto grid: Grid, interpolation: Interpolation = .linear, fill: Float, antialias: Bool = false, threads: Int = 1
  ) throws(GridError) -> Volume<Float> {
    if interpolation == .nearest { return try resampledNearest(onto: grid, fill: fill, threads: threads) }
    if grid.isClose(to: self.grid, tolerance: 1e-6) { return Volume(grid: grid, voxels: voxels) }
    let map = try indexMap(from: grid)
    var source = self
    if antialias { source.apply(LowPass(map), threads: threads) }
    guard interpolation == .cubic else {
      return source.sampled(Linear.self, onto: grid, through: map, fill: fill, threads: threads)
    }
    source.replaceByCoefficients(threads: threads)
    return source.sampled(CubicBSpline.self, onto: grid, through: map, fill: fill, threads: threads)
  }
}

extension Volume where Element: BitwiseCopyable {
  /// The volume sampled at the nearest voxel centres of another grid; values are never mixed.
  ///
  /// - Throws: ``GridError`` when the volume's affine cannot be inverted.
  public func resampledNearest(onto grid: Grid, fill: Element, threads: Int = 1) throws(GridError) -> Volume {
    if grid.isClose(to: self.grid, tolerance: 1e-6) { return Volume(grid: grid, voxels: voxels) }
    let map = try indexMap(from: grid)
    let sampled = voxels.withUnsafeBytes { source in
      withUnsafeBytes(of: fill) { fill in
        [Element](unsafeUninitializedCapacity: grid.count) { target, count in
          let move = NearestSampling(
            map: map, n: self.grid.dimensions, out: grid.dimensions, source: source.baseAddress.unsafelyUnwrapped,
            target: UnsafeMutableRawPointer(target.baseAddress.unsafelyUnwrapped),
            fill: fill.baseAddress.unsafelyUnwrapped, threads: threads)
          move.run(on: Element.self)
          count = grid.count
        }
      }
    }
    return Volume(grid: grid, voxels: sampled)
  }
}

extension Volume {
  /// Voxel index of `grid` to voxel index of this volume.
  func indexMap(from grid: Grid) throws(GridError) -> Affine {
    guard let toIndex = self.grid.affine.inverse else { throw GridError.singularAffine(self.grid.affine) }
    return toIndex * grid.affine
  }
}

extension Volume where Element: Sampled {
  /// The volume, or what a filter made of it, sampled with a kernel.
  ///
  /// - Parameter map: voxel index of `grid` to voxel index of this volume.
  func sampled<Kernel: SamplingKernel>(
    _ kernel: Kernel.Type, onto grid: Grid, through map: Affine, fill: Float, threads: Int
  ) -> Volume<Float> {
    let (n, out) = (self.grid.dimensions, grid.dimensions)
    let sampled = voxels.withUnsafeBufferPointer { source in
      [Float](unsafeUninitializedCapacity: grid.count) { target, count in
        nonisolated(unsafe) let source = source.baseAddress.unsafelyUnwrapped
        let target = target.baseAddress.unsafelyUnwrapped
        if let aligned = AlignedMap(map, over: out) {
          AlignedSampling<Kernel>(aligned, from: n, to: out, fill: fill).run(source, into: target, threads: threads)
        } else {
          sampleRows(of: out, through: map, in: n, into: target, fill: fill, threads: threads) { position in
            Kernel.value(in: source, n, at: position)
          }
        }
        count = grid.count
      }
    }
    return Volume<Float>(grid: grid, voxels: sampled)
  }
}
