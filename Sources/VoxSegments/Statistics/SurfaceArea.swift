/// Area of the segment's surface: a mesh through the midpoints between voxels inside and outside.
///
/// Beyond the image all is outside, so a segment that the image cuts off is closed there.
///
/// - Units: square millimetres.
/// - Source: W. Lorensen and H. Cline, "Marching cubes", SIGGRAPH 1987; see ``SurfaceCells``.
struct SurfaceArea: SegmentStatistic {
  let columns = ["surface_mm2"]

  func values(of segment: SegmentSample) -> [Double] { [segment.shape.surface] }
}
