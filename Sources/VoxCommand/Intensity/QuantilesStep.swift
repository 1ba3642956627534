/// `{"step": "quantiles", "low": 0.02, "high": 0.98}`: clips to these quantiles of the volume, scales to 0...1.
///
/// A volume whose two quantiles are equal becomes zero. Not-a-numbers stay, and count for no quantile.
///
/// - Complexity: O(n log n) for n voxels.
/// - Source: numpy `nanquantile`, method `linear`.
public struct QuantilesStep: IntensityStep {
  public static let name = "quantiles"
  public static let parameters = ["low", "high"]

  /// A share of the voxels, 0 to 1.
  public var low: Double
  /// A share of the voxels, 0 to 1.
  public var high: Double

  /// Makes a step.
  public init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

  public var problem: String? {
    0 <= low && low < high && high <= 1 ? nil : "expected 0 <= low < high <= 1, found \(low) and \(high)"
  }

  public func apply(to values: inout [Float]) {
    let rising = values.filter { !$0.isNaN }.sorted()
    guard !rising.isEmpty else { return }
    let (bottom, top) = (Self.quantile(low, of: rising), Self.quantile(high, of: rising))
    let scale = top > bottom ? 1 / (top - bottom) : 0
    for index in values.indices {
      let value = Double(values[index])
      values[index] = Float(((value < bottom ? bottom : value > top ? top : value) - bottom) * scale)
    }
  }

  /// The quantile of values in rising order, linear between neighbours.
  private static func quantile(_ fraction: Double, of rising: [Float]) -> Double {
    let position = fraction * Double(rising.count - 1)
    let below = Int(position)
    let (a, b) = (Double(rising[below]), Double(rising[min(below + 1, rising.count - 1)]))
    return a + (b - a) * (position - Double(below))
  }
}
