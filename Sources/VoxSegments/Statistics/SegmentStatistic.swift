import VoxGrid

/// Something that can be told of a segment: one or more columns of `statistics.csv`.
protocol SegmentStatistic: Sendable {
  /// Names of the columns.
  var columns: [String] { get }

  /// One value per column; NaN where the segment leaves the statistic undefined.
  func values(of segment: SegmentSample) -> [Double]
}

/// The voxels of one segment, as statistics see them.
struct SegmentSample {
  /// Voxels with this label, whatever the image says there.
  let voxels: Int
  /// Sum of the voxel indices along each axis.
  let indexSum: SIMD3<Double>
  /// The grid of the image.
  let grid: Grid
  /// The finite image values in rising order.
  let sorted: [Float]
  /// What its outline says.
  let shape: SegmentShape
  /// Mean of `sorted`, NaN where it is empty.
  let mean: Double

  init(voxels: Int, indexSum: SIMD3<Double>, grid: Grid, sorted: [Float], shape: SegmentShape) {
    (self.voxels, self.indexSum, self.grid, self.sorted, self.shape) = (voxels, indexSum, grid, sorted, shape)
    mean = sorted.reduce(0) { $0 + Double($1) } / Double(sorted.count)
  }
}
