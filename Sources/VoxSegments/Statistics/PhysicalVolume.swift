import VoxGrid

/// Volume of the segment's voxels.
///
/// - Units: cubic millimetres.
struct PhysicalVolume: SegmentStatistic {
  let columns = ["volume_mm3"]

  func values(of segment: SegmentSample) -> [Double] { [Double(segment.voxels) * segment.grid.affine.voxelVolume] }
}
