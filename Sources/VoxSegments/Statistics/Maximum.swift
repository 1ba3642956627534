/// Largest image value.
///
/// - Units: the image's.
struct Maximum: SegmentStatistic {
  let columns = ["max"]

  func values(of segment: SegmentSample) -> [Double] { [segment.sorted.last.map(Double.init) ?? .nan] }
}
