/// Smallest image value.
///
/// - Units: the image's.
struct Minimum: SegmentStatistic {
  let columns = ["min"]

  func values(of segment: SegmentSample) -> [Double] { [segment.sorted.first.map(Double.init) ?? .nan] }
}
