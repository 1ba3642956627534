/// Trilinear interpolation.
enum Linear: SamplingKernel {
  static func weights(_ fraction: Float) -> SIMD4<Float> { SIMD4(1 - fraction, fraction, 0, 0) }

  @inline(__always)
  static func reflected(_ index: Int, _ count: Int) -> Int { min(count - 1, max(0, index)) }

  static func mix<Source: Sampled>(
    _ source: UnsafePointer<Source>, _ n: SIMD3<Int>, y: (low: Int, fraction: Float), z: (low: Int, fraction: Float),
    over span: Range<Int>, into row: UnsafeMutablePointer<Float>
  ) {
    let front = source + n.x * (y.low + n.y * z.low)
    if y.fraction == 0 && z.fraction == 0 {
      for x in span { row[x] = front[x].float }
      return
    }
    let down = n.x * (reflected(y.low + 1, n.y) - y.low)
    let back = front + n.x * n.y * (reflected(z.low + 1, n.z) - z.low)
    let (frontDown, backDown) = (front + down, back + down)
    for x in span {
      let near = between(front[x].float, frontDown[x].float, y.fraction)
      let far = between(back[x].float, backDown[x].float, y.fraction)
      row[x] = between(near, far, z.fraction)
    }
  }

  @inline(__always)
  static func value(in row: UnsafePointer<Float>, _ low: Int, _ weights: SIMD4<Float>) -> Float {
    between(row[low], row[low + 1], weights.y)
  }

  @inline(__always)
  static func value<Source: Sampled>(
    in source: UnsafePointer<Source>, _ n: SIMD3<Int>, at position: SIMD3<Double>
  ) -> Float {
    let p = VoxelPosition(position, in: n)
    let start = source + (p.low.x + n.x * (p.low.y + n.y * p.low.z))
    let right = reflected(p.low.x + 1, n.x) - p.low.x
    let down = n.x * (reflected(p.low.y + 1, n.y) - p.low.y)
    let back = n.x * n.y * (reflected(p.low.z + 1, n.z) - p.low.z)
    @inline(__always) func along(_ offset: Int) -> Float {
      between(start[offset].float, start[offset + right].float, p.fraction.x)
    }
    let near = between(along(0), along(down), p.fraction.y)
    let far = between(along(back), along(back + down), p.fraction.y)
    return between(near, far, p.fraction.z)
  }

  /// The value between two; exactly theirs where they are equal.
  @inline(__always)
  private static func between(_ a: Float, _ b: Float, _ fraction: Float) -> Float { a + fraction * (b - a) }
}
