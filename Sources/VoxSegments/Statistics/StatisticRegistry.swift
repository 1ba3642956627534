/// The statistics of a segment, in the order of the columns of `statistics.csv`.
enum StatisticRegistry {
  static let all: [any SegmentStatistic] = [
    VoxelCount(),
    PhysicalVolume(),
    Mean(),
    StandardDeviation(),
    Minimum(),
    Percentile(name: "p05", fraction: 0.05),
    Percentile(name: "median", fraction: 0.5),
    Percentile(name: "p95", fraction: 0.95),
    Maximum(),
    Centroid(),
    SurfaceArea(),
    ComponentCount(),
  ]
}
