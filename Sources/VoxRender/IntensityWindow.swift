public import VoxGrid

/// The intensities a picture shows, from black to white.
public struct IntensityWindow: Sendable, Hashable {
  /// Shown black, with everything under it.
  public let low: Double
  /// Shown white, with everything over it.
  public let high: Double

  /// Makes a window; `nil` unless both ends are finite and `low < high`.
  public init?(low: Double, high: Double) {
    guard low.isFinite, high.isFinite, low < high else { return nil }
    self.init(unchecked: low, high)
  }

  private init(unchecked low: Double, _ high: Double) { (self.low, self.high) = (low, high) }

  /// Abdominal soft tissue in CT: level 40, width 400 HU.
  public static let softTissue = IntensityWindow(unchecked: -160, 240)

  /// From the 1st to the 99.5th percentile of the finite voxels, one unit wide at the least.
  public static func robust(_ image: Volume<Float>) -> IntensityWindow {
    let low = Double(OrderStatistic.value(0.01, of: image.voxels) ?? 0)
    let high = Double(OrderStatistic.value(0.995, of: image.voxels) ?? 1)
    return low < high ? IntensityWindow(unchecked: low, high) : IntensityWindow(unchecked: low, low + 1)
  }

  /// 0 (black) to 1 (white) for an intensity; NaN is black.
  @inline(__always)
  public func callAsFunction(_ intensity: Float) -> Double {
    let position = (Double(intensity) - low) / (high - low)
    return position > 0 ? min(1, position) : 0
  }
}
