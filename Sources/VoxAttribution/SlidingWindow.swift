/// The windows that cover a volume, placed as MONAI's `sliding_window_inference` places them.
///
/// A volume smaller than a window along an axis is padded on both sides of it, the odd voxel after the volume. Windows
/// lie `Int(roi * (1 - overlap))` voxels apart, at least one; the last one along an axis is shifted back to end with
/// the volume.
///
/// - Coordinates: voxel indices; window origins count from the first voxel of the padded volume.
/// - Source: MONAI 1.6.1, `sliding_window_inference`, `dense_patch_slices`.
public struct SlidingWindow: Sendable, Hashable {
  /// Voxels of the volume along each axis.
  public let extents: SIMD3<Int>
  /// Voxels of a window along each axis.
  public let roi: SIMD3<Int>
  /// Voxels of the padded volume along each axis.
  public let padded: SIMD3<Int>
  /// Voxels of padding before the volume along each axis.
  public let before: SIMD3<Int>
  /// Window origins along each axis, rising.
  public let starts: [[Int]]

  /// Places the windows.
  ///
  /// - Parameters:
  ///   - extents: voxels of the volume along each axis.
  ///   - roi: voxels of a window along each axis.
  ///   - overlap: share of a window that its neighbour covers along each axis, from 0 to less than 1.
  /// - Throws: ``AttributionError`` with code `usage` for an extent below 1, an overlap out of range or a volume that
  ///   cannot be addressed.
  public init(extents: SIMD3<Int>, roi: SIMD3<Int>, overlap: SIMD3<Double>) throws(AttributionError) {
    for axis in 0..<3 {
      guard extents[axis] >= 1, roi[axis] >= 1 else {
        throw .usage(
          "axis \(axis): expected at least 1 voxel in volume and window, found \(extents[axis]) and \(roi[axis])")
      }
      guard overlap[axis] >= 0, overlap[axis] < 1 else {
        throw .usage("axis \(axis): expected an overlap from 0 to less than 1, found \(overlap[axis])")
      }
    }
    let padded = extents.replacing(with: roi, where: roi .> extents)
    let (plane, tooWide) = padded.x.multipliedReportingOverflow(by: padded.y)
    let (count, tooDeep) = plane.multipliedReportingOverflow(by: padded.z)
    guard !tooWide, !tooDeep, count <= 1 << 40 else {
      throw .usage("expected at most \(1 << 40) voxels, found \(padded.x) x \(padded.y) x \(padded.z)")
    }
    (self.extents, self.roi, self.padded) = (extents, roi, padded)
    before = (padded &- extents) / 2
    starts = (0..<3).map { axis in
      let last = padded[axis] - roi[axis]
      let interval = max(1, Int(Double(roi[axis]) * (1 - overlap[axis])))
      return Array(stride(from: 0, to: last, by: interval)) + [last]
    }
  }

  /// Number of windows.
  public var count: Int { starts[0].count * starts[1].count * starts[2].count }

  /// The axis along which windows advance: the one whose extent is the most windows long.
  public var sweep: Int { (0..<3).max { padded[$0] * roi[$1] < padded[$1] * roi[$0] } ?? 0 }

  /// Origin of a window in the padded volume; the last axis varies fastest and ``sweep`` slowest.
  public subscript(window: Int) -> SIMD3<Int> {
    var (origin, rest) = (SIMD3<Int>.zero, window)
    for axis in [2, 1, 0].filter({ $0 != sweep }) + [sweep] {
      let (slower, position) = rest.quotientAndRemainder(dividingBy: starts[axis].count)
      origin[axis] = starts[axis][position]
      rest = slower
    }
    return origin
  }

  /// The positions along ``sweep`` that are complete with this window; `nil` where the next one starts at the same one.
  public func finished(after window: Int) -> Range<Int>? {
    let start = self[window][sweep]
    if window + 1 == count { return start..<padded[sweep] }
    let next = self[window + 1][sweep]
    return next > start ? start..<next : nil
  }

  /// Voxels of the volume.
  public var voxels: Int { extents.x * extents.y * extents.z }

  /// Voxels of the padded volume.
  public var paddedVoxels: Int { padded.x * padded.y * padded.z }

  /// Voxels of one window.
  public var windowVoxels: Int { roi.x * roi.y * roi.z }
}
