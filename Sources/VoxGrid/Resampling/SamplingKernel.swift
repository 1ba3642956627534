/// A way to weight the voxels around a position, the same along every axis; the weights add up to 1.
protocol SamplingKernel: Sendable {
  /// Weights of the voxels from `first` on.
  static func weights(_ fraction: Float) -> SIMD4<Float>

  /// The voxel that stands in for an index up to two before or after the `count` of an axis.
  static func reflected(_ index: Int, _ count: Int) -> Int

  /// Weights source rows along the second and third axis into one row.
  ///
  /// - Parameters:
  ///   - y: the voxel at or below the position along the second axis, and how far it lies towards the next.
  ///   - z: the same along the third axis.
  ///   - span: the voxels of the rows that are wanted.
  ///   - row: voxel 0 of the row; nothing outside `span` is touched.
  static func mix<Source: Sampled>(
    _ source: UnsafePointer<Source>, _ n: SIMD3<Int>, y: (low: Int, fraction: Float), z: (low: Int, fraction: Float),
    over span: Range<Int>, into row: UnsafeMutablePointer<Float>)

  /// The value in a row at the voxel `low` and the weights of a fraction beyond it.
  static func value(in row: UnsafePointer<Float>, _ low: Int, _ weights: SIMD4<Float>) -> Float

  /// The value at a position of a volume, which is moved into it.
  static func value<Source: Sampled>(
    in source: UnsafePointer<Source>, _ n: SIMD3<Int>, at position: SIMD3<Double>
  ) -> Float
}

/// A position in a volume: the voxel at or below it, and how far it lies towards the next along each axis.
struct VoxelPosition {
  let low: SIMD3<Int>
  let fraction: SIMD3<Float>

  /// Moves a position into a volume.
  @inline(__always)
  init(_ position: SIMD3<Double>, in n: SIMD3<Int>) {
    let (x, y, z) = (
      Self.clamped(position.x, n.x), Self.clamped(position.y, n.y), Self.clamped(position.z, n.z)
    )
    low = SIMD3(Int(x), Int(y), Int(z))
    fraction = SIMD3(Float(x - Double(low.x)), Float(y - Double(low.y)), Float(z - Double(low.z)))
  }

  /// The position along one axis, moved between its first and last voxel centre.
  @inline(__always)
  static func clamped(_ position: Double, _ count: Int) -> Double { min(Double(count - 1), max(0, position)) }
}
