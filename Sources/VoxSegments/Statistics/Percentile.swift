/// The image value below which a fraction of the voxels lies, exact, linear between neighbouring values.
///
/// - Units: the image's.
/// - Source: numpy `percentile` with method `linear` (Hyndman and Fan, type 7).
struct Percentile: SegmentStatistic {
  let columns: [String]
  let fraction: Double

  init(name: String, fraction: Double) { (columns, self.fraction) = ([name], fraction) }

  func values(of segment: SegmentSample) -> [Double] { [segment.sorted.quantile(fraction)] }
}
