/// How parallel slices of equal size that do not form a rectangular grid are resampled onto one.
///
/// The grid keeps the slices' rows and columns; its third axis is their normal, so a stack sheared by a tilted gantry
/// comes out upright. Its planes are grown by whole pixels until every pixel of every slice is inside. A slice is
/// shifted within its plane by linear interpolation; between two slices values are mixed linearly along the normal.
/// Nothing is extrapolated beyond the first and the last slice.
///
/// - Units: millimetres.
/// - Coordinates: RAS+ world.
public struct SliceRectification: Sendable {
  /// The rectangular grid.
  public let grid: Grid
  /// Columns, rows and number of the slices.
  public let slices: SIMD3<Int>

  private let depths: [Double]
  private let shifts: [(x: PixelShift, y: PixelShift)]
  private let step: Double
  private let tolerance: Double

  /// Plans the grid; `nil` where an axis would have more than 65536 voxels, or its first slice is not the lowest.
  ///
  /// - Parameters:
  ///   - columns: pixels along `x`.
  ///   - rows: pixels along `y`.
  ///   - x: from a pixel to the next along a row.
  ///   - y: from a pixel to the next down a column, perpendicular to `x`.
  ///   - positions: the centre of each slice's first pixel, by rising position along the normal `x` x `y`.
  ///   - step: the distance of the grid's planes.
  ///   - tolerance: how near a plane must lie to a slice to be that slice, unmixed and, where it is not tilted,
  ///     unshifted.
  public init?(
    columns: Int, rows: Int, x: SIMD3<Double>, y: SIMD3<Double>, positions: [SIMD3<Double>], step: Double,
    tolerance: Double
  ) {
    let normal = x.cross(y).normalized
    let pixel = SIMD2(x.length, y.length)
    guard let origin = positions.first, columns > 0, rows > 0, step > 0, pixel.min() > 0 else { return nil }
    let depths = positions.map { ($0 - origin).dot(normal) }
    let offsets = positions.map { position in
      let offset = SIMD2((position - origin).dot(x), (position - origin).dot(y)) / pixel
      return (offset * offset).sum().squareRoot() <= tolerance ? .zero : offset / pixel
    }
    let lowest = offsets.reduce(SIMD2<Double>.zero, pointwiseMin).rounded(.down)
    let highest = offsets.reduce(SIMD2<Double>.zero, pointwiseMax).rounded(.up)
    let planes = (((depths.last ?? 0) + tolerance) / step).rounded(.down) + 1
    let extent = SIMD3(
      Double(columns) + highest.x - lowest.x, Double(rows) + highest.y - lowest.y, planes)
    guard all(extent .>= 1), all(extent .<= Double(Grid.longestAxis)),
      zip(depths, depths.dropFirst()).allSatisfy({ $0 < $1 }), offsets.allSatisfy({ $0.sum().isFinite })
    else { return nil }
    slices = [columns, rows, positions.count]
    shifts = offsets.map { (PixelShift(lowest.x - $0.x), PixelShift(lowest.y - $0.y)) }
    (self.depths, self.step, self.tolerance) = (depths, step, tolerance)
    let corner: SIMD3<Double> = x * lowest.x + y * lowest.y
    grid = Grid(
      dimensions: SIMD3<Int>(extent), affine: Affine(x: x, y: y, z: normal * step, t: origin + corner))
  }

  /// The slices on the grid.
  ///
  /// A point farther than half a pixel outside a slice that it needs is `fill`.
  ///
  /// - Parameters:
  ///   - voxels: the slices one after the other, each along its rows.
  ///   - threads: how many threads share the planes; the result does not depend on it.
  /// - Precondition: `voxels` has one value per pixel of the slices.
  /// - Complexity: O(voxels of the grid).
  public func resampled(_ voxels: [Float], fill: Float, threads: Int = 1) -> Volume<Float> {
    precondition(voxels.count == slices.x * slices.y * slices.z, "slices need one value per pixel")
    let plane = grid.dimensions.x * grid.dimensions.y
    let resampled = voxels.withUnsafeBufferPointer { source in
      [Float](unsafeUninitializedCapacity: grid.count) { target, count in
        nonisolated(unsafe) let (input, output) = (source, target)
        parallel(over: grid.dimensions.z, threads: threads) { planes in
          for k in planes {
            resample(input, plane: k, into: .init(rebasing: output[(k * plane)..<((k + 1) * plane)]), fill: fill)
          }
        }
        count = grid.count
      }
    }
    return Volume(grid: grid, voxels: resampled)
  }

  private func resample(
    _ source: UnsafeBufferPointer<Float>, plane k: Int, into target: UnsafeMutableBufferPointer<Float>, fill: Float
  ) {
    let (low, high, fraction) = neighbours(of: Double(k) * step)
    var next = 0
    for j in 0..<grid.dimensions.y {
      for i in 0..<grid.dimensions.x {
        var result = fill
        if let lower = value(source, slice: low, i, j) {
          if fraction == 0 {
            result = lower
          } else if let upper = value(source, slice: high, i, j) {
            result = lower * (1 - fraction) + upper * fraction
          }
        }
        target.initializeElement(at: next, to: result)
        next += 1
      }
    }
  }

  /// The slices below and above a depth, and how far it lies towards the upper one; 0 where it is at a slice.
  private func neighbours(of depth: Double) -> (low: Int, high: Int, fraction: Float) {
    let above = depths.firstIndex { $0 >= depth } ?? depths.count - 1
    let below = max(0, above - 1)
    let nearest = abs(depths[below] - depth) < abs(depths[above] - depth) ? below : above
    if abs(depths[nearest] - depth) <= tolerance { return (nearest, nearest, 0) }
    return (below, above, Float((depth - depths[below]) / (depths[above] - depths[below])))
  }

  /// A slice's value under a pixel of the grid; `nil` outside.
  @inline(__always)
  private func value(_ source: UnsafeBufferPointer<Float>, slice: Int, _ i: Int, _ j: Int) -> Float? {
    let (x, y) = shifts[slice]
    guard let columns = x.neighbours(of: i, count: slices.x), let rows = y.neighbours(of: j, count: slices.y) else {
      return nil
    }
    func row(_ j: Int) -> Float {
      let start = slices.x * (j + slices.y * slice)
      return source[start + columns.low] * (1 - x.fraction) + source[start + columns.high] * x.fraction
    }
    return row(rows.low) * (1 - y.fraction) + row(rows.high) * y.fraction
  }
}

/// The pixel of a slice under a pixel of a grid, along one axis: that many pixels further on.
private struct PixelShift: Sendable {
  let whole: Int
  let fraction: Float

  init(_ pixels: Double) {
    let nearest = pixels.rounded()
    // Decimals of a file do not make a shift.
    let exact = abs(pixels - nearest) < 1e-6 ? nearest : pixels
    whole = Int(exact.rounded(.down))
    fraction = Float(exact - exact.rounded(.down))
  }

  /// The two pixels around the shifted position, the same one twice at an edge; `nil` farther than half a pixel out.
  @inline(__always)
  func neighbours(of index: Int, count: Int) -> (low: Int, high: Int)? {
    let low = index + whole
    if low >= 0 && low < count - 1 { return (low, low + 1) }
    if low == count - 1 && fraction <= 0.5 { return (low, low) }
    if low == -1 && fraction >= 0.5 { return (0, 0) }
    return nil
  }
}
