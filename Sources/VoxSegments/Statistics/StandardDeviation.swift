/// Population standard deviation of the image, `sqrt(mean((x - mean)^2))`; 0 for a single voxel.
///
/// - Units: the image's.
/// - Source: numpy `std` and pyradiomics `StandardDeviation`, which divide by the count as well.
struct StandardDeviation: SegmentStatistic {
  let columns = ["sd"]

  func values(of segment: SegmentSample) -> [Double] {
    let squares = segment.sorted.reduce(0) { sum, value in
      let deviation = Double(value) - segment.mean
      return sum + deviation * deviation
    }
    return [(squares / Double(segment.sorted.count)).squareRoot()]
  }
}
