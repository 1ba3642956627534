/// `{"step": "z-score", "mean": 40, "sd": 120}`: `(value - mean) / sd`.
///
/// Without a mean or standard deviation those of the whole volume are taken; a volume of one value becomes zero.
public struct ZScoreStep: IntensityStep {
  public static let name = "z-score"
  public static let parameters = ["mean", "sd"]

  /// In the scan's units; `nil` for the volume's own.
  public var mean: Double?
  /// Standard deviation in the scan's units; `nil` for the volume's own, with the number of voxels as divisor.
  public var sd: Double?

  /// Makes a step.
  public init(mean: Double? = nil, sd: Double? = nil) { (self.mean, self.sd) = (mean, sd) }

  public var problem: String? {
    if let sd, !(sd > 0) { return "expected a positive sd, found \(sd)" }
    return nil
  }

  public func apply(to values: inout [Float]) {
    guard !values.isEmpty else { return }
    let center = mean ?? average(values) { Double($0) }
    let own = average(values) { (Double($0) - center) * (Double($0) - center) }.squareRoot()
    let scale = sd ?? (own > 0 ? own : 1)
    for index in values.indices { values[index] = Float((Double(values[index]) - center) / scale) }
  }

  private func average(_ values: [Float], _ term: (Float) -> Double) -> Double {
    values.reduce(0) { $0 + term($1) } / Double(values.count)
  }
}
