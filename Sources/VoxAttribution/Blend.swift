import Glibc

/// How overlapping windows are weighed where their logits are averaged.
public enum Blend: String, Sendable, CaseIterable {
  /// Every voxel of a window counts the same.
  case constant
  /// Voxels count less towards the faces of the window.
  case gaussian

  /// The importance map of a window: one positive weight per voxel, in network order.
  ///
  /// The Gaussian has a standard deviation of one eighth of the window along each axis, its value at the centre of an
  /// even extent being that of half a voxel off centre. Weights are not smaller than 0.001, nor than the smallest one.
  ///
  /// - Parameter roi: window extents [X, Y, Z].
  /// - Returns: X * Y * Z weights, Z fastest.
  /// - Source: MONAI 1.6.1, `monai.data.utils.compute_importance_map`.
  public func importance(roi: SIMD3<Int>) -> [Float] {
    let count = roi.x * roi.y * roi.z
    guard self == .gaussian else { return [Float](repeating: 1, count: count) }
    let (gx, gy, gz) = (Self.gaussian(roi.x), Self.gaussian(roi.y), Self.gaussian(roi.z))
    var map: [Float] = []
    map.reserveCapacity(count)
    for wx in gx { for wy in gy { for wz in gz { map.append(wx * wy * wz) } } }
    let floor = max(map.min() ?? 0, 1e-3)
    return map.map { max($0, floor) }
  }

  private static func gaussian(_ extent: Int) -> [Float] {
    let sigma = 0.125 * Float(extent)
    let center = Float(extent - 1) / 2
    return (0..<extent).map { index in
      let distance = Float(index) - center
      return expf(distance * distance / (-2 * sigma * sigma))
    }
  }
}
