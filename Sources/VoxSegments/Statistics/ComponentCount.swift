/// Number of connected components: voxels that share a face are connected.
///
/// - Source: SciPy `ndimage.label` and ITK `ConnectedComponentImageFilter` by default count the same.
struct ComponentCount: SegmentStatistic {
  let columns = ["components"]

  func values(of segment: SegmentSample) -> [Double] { [Double(segment.shape.components)] }
}
