extension AnyVolume {
  /// The volume sampled at the voxel centres of another grid: in its own type with nearest neighbours, as 32-bit floats
  /// with any other interpolation. Colours are never mixed, whatever the interpolation.
  ///
  /// Beyond the volume lies its smallest value; black, fully transparent, for colours.
  ///
  /// - Parameters:
  ///   - antialias: whether a Gaussian first runs along every axis that is sampled more than 1.5 times as coarsely;
  ///     never with nearest.
  ///   - threads: how many threads share the work; the result does not depend on it.
  /// - Throws: ``GridError`` when the volume's affine cannot be inverted.
  public consuming func resampled(
    onto grid: Grid, interpolation: Interpolation, antialias: Bool = false, threads: Int = 1
  ) throws(GridError) -> AnyVolume {
    let sampling = Sampling(grid: grid, interpolation: interpolation, antialias: antialias, threads: threads)
    switch consume self {
    case .uint8(let v): return try sampling.apply(to: v, AnyVolume.uint8)
    case .int8(let v): return try sampling.apply(to: v, AnyVolume.int8)
    case .int16(let v): return try sampling.apply(to: v, AnyVolume.int16)
    case .uint16(let v): return try sampling.apply(to: v, AnyVolume.uint16)
    case .int32(let v): return try sampling.apply(to: v, AnyVolume.int32)
    case .uint32(let v): return try sampling.apply(to: v, AnyVolume.uint32)
    case .float32(let v): return try sampling.apply(to: v, AnyVolume.float32)
    case .float64(let v): return try sampling.apply(to: v, AnyVolume.float64)
    case .rgb24(let v): return .rgb24(try v.resampledNearest(onto: grid, fill: RGB(0, 0, 0), threads: threads))
    case .rgba32(let v): return .rgba32(try v.resampledNearest(onto: grid, fill: RGBA(0, 0, 0, 0), threads: threads))
    }
  }
}

/// How numbers are brought onto another grid.
private struct Sampling {
  let grid: Grid
  let interpolation: Interpolation
  let antialias: Bool
  let threads: Int

  /// Samples a volume, and wraps the result where its type stays.
  func apply<Value: Sampled & Comparable & ExpressibleByIntegerLiteral>(
    to volume: consuming Volume<Value>, _ wrap: (Volume<Value>) -> AnyVolume
  ) throws(GridError) -> AnyVolume {
    let fill = volume.minimum
    if interpolation == .nearest {
      return wrap(try volume.resampledNearest(onto: grid, fill: fill, threads: threads))
    }
    let map = try volume.indexMap(from: grid)
    // Without a filter the numbers are read as they are; a filter needs a copy as floats to work in.
    if interpolation == .linear, !(antialias && !LowPass(map).isEmpty), !volume.grid.isClose(to: grid, tolerance: 1e-6)
    {
      return .float32(
        volume.sampled(Linear.self, onto: grid, through: map, fill: fill.float, threads: threads))
    }
    let floats = (volume as? Volume<Float>) ?? volume.map { $0.float }
    return .float32(
      try floats.resampled(
        onto: grid, interpolation: interpolation, fill: fill.float, antialias: antialias, threads: threads))
  }
}
