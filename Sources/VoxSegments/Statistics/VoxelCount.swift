/// Number of voxels with the label.
struct VoxelCount: SegmentStatistic {
  let columns = ["voxels"]

  func values(of segment: SegmentSample) -> [Double] { [Double(segment.voxels)] }
}
