/// Arithmetic mean of the image.
///
/// - Units: the image's.
struct Mean: SegmentStatistic {
  let columns = ["mean"]

  func values(of segment: SegmentSample) -> [Double] { [segment.mean] }
}
