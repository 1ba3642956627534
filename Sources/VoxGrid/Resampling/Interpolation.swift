/// How a value between voxel centres is found.
public enum Interpolation: String, Sendable, CaseIterable {
  /// Trilinear.
  case linear
  /// The nearest voxel centre; the one for label maps.
  case nearest
  /// Cubic B-spline through the voxel values; overshoots beside sharp edges.
  case cubic
}
