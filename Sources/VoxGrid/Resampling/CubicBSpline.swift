/// Interpolation by the cubic B-spline that passes through every voxel value.
///
/// Samples are taken from the spline's coefficients, which ``Volume/replaceByCoefficients(threads:)`` makes of the
/// values. Beyond the volume both are mirrored at the centre of the outermost voxel.
///
/// - Source: Unser, Aldroubi, Eden, *B-spline signal processing*, IEEE Trans. Signal Process. 41 (1993);
///   Thevenaz, Blu, Unser, *Interpolation revisited*, IEEE Trans. Med. Imaging 19 (2000).
enum CubicBSpline: SamplingKernel {
  @inline(__always)
  static func weights(_ f: Float) -> SIMD4<Float> {
    let g = 1 - f
    let (first, last) = (g * g * g / 6, f * f * f / 6)
    let second = 2 / 3 - f * f * (1 - f / 2)
    return SIMD4(first, second, 1 - first - second - last, last)
  }

  @inline(__always)
  static func reflected(_ index: Int, _ count: Int) -> Int {
    if index >= 0 && index < count { return index }
    guard count > 1 else { return 0 }
    let rest = abs(index) % (2 * count - 2)
    return rest < count ? rest : 2 * count - 2 - rest
  }

  static func mix<Source: Sampled>(
    _ source: UnsafePointer<Source>, _ n: SIMD3<Int>, y: (low: Int, fraction: Float), z: (low: Int, fraction: Float),
    over span: Range<Int>, into row: UnsafeMutablePointer<Float>
  ) {
    for x in span { row[x] = 0 }
    let (wy, wz) = (weights(y.fraction), weights(z.fraction))
    for plane in 0..<4 where wz[plane] != 0 {
      let start = source + n.x * n.y * reflected(z.low - 1 + plane, n.z)
      @inline(__always) func line(_ index: Int) -> UnsafePointer<Source> {
        start + n.x * reflected(y.low - 1 + index, n.y)
      }
      let (a, b, c, d) = (line(0), line(1), line(2), line(3))
      let w = wy * wz[plane]
      for x in span {
        let outer = w.x * a[x].float + w.w * d[x].float
        row[x] += outer + (w.y * b[x].float + w.z * c[x].float)
      }
    }
  }

  @inline(__always)
  static func value(in row: UnsafePointer<Float>, _ low: Int, _ w: SIMD4<Float>) -> Float {
    let p = row + low
    return (w.x * p[-1] + w.y * p[0]) + (w.z * p[1] + w.w * p[2])
  }

  @inline(__always)
  static func value<Source: Sampled>(
    in source: UnsafePointer<Source>, _ n: SIMD3<Int>, at position: SIMD3<Double>
  ) -> Float {
    let p = VoxelPosition(position, in: n)
    let (wx, wy, wz) = (weights(p.fraction.x), weights(p.fraction.y), weights(p.fraction.z))
    let (x0, x1) = (reflected(p.low.x - 1, n.x), p.low.x)
    let (x2, x3) = (reflected(p.low.x + 1, n.x), reflected(p.low.x + 2, n.x))
    var sum = SIMD4<Float>.zero
    for k in 0..<4 {
      let plane = source + n.x * n.y * reflected(p.low.z - 1 + k, n.z)
      var part = SIMD4<Float>.zero
      for j in 0..<4 {
        let row = plane + n.x * reflected(p.low.y - 1 + j, n.y)
        part += wy[j] * SIMD4(row[x0].float, row[x1].float, row[x2].float, row[x3].float)
      }
      sum += wz[k] * part
    }
    return (wx * sum).sum()
  }
}

extension Volume where Element == Float {
  /// Turns the values into the coefficients of the cubic B-spline that passes through them.
  ///
  /// One recursive filter runs up and down every line of the three axes, with the pole sqrt(3) - 2 and both ends
  /// mirrored.
  ///
  /// - Source: Unser, Aldroubi, Eden (1993), part II, table I and equation 2.5.
  /// - Complexity: O(voxels), in place where the voxels are held by nothing else.
  mutating func replaceByCoefficients(threads: Int) {
    for axis in 0..<3 where grid.dimensions[axis] > 1 {
      filterLines(along: axis, threads: threads) { lines, _ in Self.makeCoefficients(lines) }
    }
  }

  private static func makeCoefficients(_ lines: LineBlock) {
    let n = lines.count
    let pole = Double(3).squareRoot() - 2
    let z = Float(pole)
    // The mirrored line repeats after 2n - 2 voxels; its sum is cut where the power is beyond a float's precision.
    var first: LineBlock.Samples
    if n > 24 {
      first = lines[0]
      var power = pole
      for i in 1..<24 {
        first += Float(power) * lines[i]
        power *= pole
      }
    } else {
      first = lines[0]
      var (up, down) = (pole, Self.power(pole, 2 * n - 3))
      for i in 1..<n {
        let weight = i == n - 1 ? up : up + down
        first += Float(weight) * lines[i]
        up *= pole
        down /= pole
      }
      first /= Float(1 - Self.power(pole, 2 * n - 2))
    }
    let gain = Float((1 - pole) * (1 - 1 / pole))
    var previous = gain * first
    lines[0] = previous
    for i in 1..<n {
      previous = gain * lines[i] + z * previous
      lines[i] = previous
    }
    previous = Float(pole / (pole * pole - 1)) * (previous + z * lines[n - 2])
    lines[n - 1] = previous
    for i in stride(from: n - 2, through: 0, by: -1) {
      previous = z * (previous - lines[i])
      lines[i] = previous
    }
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
