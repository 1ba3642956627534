/// `{"step": "clip", "low": -160, "high": 240}`: values outside take the nearer end; a not-a-number stays.
public struct ClipStep: IntensityStep {
  public static let name = "clip"
  public static let parameters = ["low", "high"]

  /// In the scan's units.
  public var low: Float
  /// In the scan's units.
  public var high: Float

  /// Makes a step.
  public init(low: Float, high: Float) { (self.low, self.high) = (low, high) }

  public var problem: String? { low < high ? nil : "expected low < high, found \(low) and \(high)" }

  public func apply(to values: inout [Float]) {
    // Of a not-a-number, min and max would make an end.
    for index in values.indices {
      let value = values[index]
      values[index] = value < low ? low : value > high ? high : value
    }
  }
}
