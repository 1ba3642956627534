/// One cell of a case's Agg2Exp matrix: how much of a target's attribution lies in a region.
public struct MatrixRow: Sendable, Hashable, Codable {
  /// Label value of the target.
  public var target: Int
  /// Label value of the region.
  public var region: Int
  /// Share of the target's absolute attribution that lies in the region; a target's shares add up to 1.
  public var mass: Double
  /// Mean absolute attribution per voxel of the region.
  public var mean: Double
  /// Sum of the positive attributions.
  public var positive: Double
  /// Sum of the negative attributions, itself negative or zero.
  public var negative: Double
  /// Mass divided by the region's share of the volume.
  public var enrichment: Double
  /// Lower end of the mass's confidence interval, where a method gives one.
  public var ciLow: Double?
  /// Upper end of the mass's confidence interval, where a method gives one.
  public var ciHigh: Double?

  private enum CodingKeys: String, CodingKey {
    case target, region, mass, mean, positive, negative, enrichment
    case ciLow = "ci_low"
    case ciHigh = "ci_high"
  }

  /// Makes a cell.
  public init(
    target: Int, region: Int, mass: Double, mean: Double, positive: Double, negative: Double, enrichment: Double,
    ciLow: Double? = nil, ciHigh: Double? = nil
  ) {
    (self.target, self.region, self.mass, self.mean) = (target, region, mass, mean)
    (self.positive, self.negative, self.enrichment) = (positive, negative, enrichment)
    (self.ciLow, self.ciHigh) = (ciLow, ciHigh)
  }
}
