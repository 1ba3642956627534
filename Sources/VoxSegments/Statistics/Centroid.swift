import VoxGrid

/// Mean position of the segment's voxel centres, whatever the image says there.
///
/// - Units: millimetres.
/// - Coordinates: RAS+ world.
struct Centroid: SegmentStatistic {
  let columns = ["centroid_x", "centroid_y", "centroid_z"]

  func values(of segment: SegmentSample) -> [Double] {
    let center = segment.grid.affine(segment.indexSum / Double(segment.voxels))
    return [center.x, center.y, center.z]
  }
}
