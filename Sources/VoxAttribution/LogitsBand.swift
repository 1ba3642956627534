/// Logits of all classes in a box that moves along with the windows: each axis wraps around at the box's extent.
///
/// As windows advance along one axis, blended logits need memory for one window's extent of it and not for the volume's:
/// what no later window covers has been read and cleared before its place is needed again.
struct LogitsBand {
  /// Voxels along each axis.
  let extents: SIMD3<Int>
  /// [K, X, Y, Z].
  let logits: UnsafeMutableBufferPointer<Float>
  /// Whether what has been read is cleared for what comes to its place.
  var isReused = false

  /// Voxels per class that windows need to blend their logits.
  static func extents(_ windows: SlidingWindow) -> SIMD3<Int> {
    var extents = windows.padded
    extents[windows.sweep] = windows.roi[windows.sweep]
    return extents
  }

  var voxels: Int { extents.x * extents.y * extents.z }

  /// Calls `body` for the stretches of memory of `count` voxels from (x, y, z) on along the third axis.
  ///
  /// - Parameter body: takes the offset of a stretch within a class, how many voxels come before it, and its length.
  @inline(__always)
  func forEachStretch(
    _ x: Int, _ y: Int, _ z: Int, count: Int, _ body: (_ offset: Int, _ before: Int, _ count: Int) -> Void
  ) {
    let row = ((x % extents.x) * extents.y + y % extents.y) * extents.z
    var (at, before) = (z % extents.z, 0)
    while before < count {
      let length = min(count - before, extents.z - at)
      body(row + at, before, length)
      (at, before) = (0, before + length)
    }
  }
}
