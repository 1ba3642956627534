/// What can be wrong with a grid.
public enum GridError: Error, Sendable, CustomStringConvertible {
  /// The three voxel axes do not span space.
  case singularAffine(Affine)
  /// The axes are so far from perpendicular that the rectangular grid over their voxels would be too large; its
  /// dimensions as they would be.
  case excessiveShear(Affine, dimensions: SIMD3<Double>)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .singularAffine(let affine):
      return "expected three independent voxel axes in the affine, found rows \(Self.rows(affine))"
    case .excessiveShear(let affine, let n):
      let expected = "expected a grid that at most \(Grid.longestAxis) voxels along an axis cover at right angles"
      return "\(expected), found \(n.x) x \(n.y) x \(n.z) for an affine with rows \(Self.rows(affine))"
    }
  }

  private static func rows(_ affine: Affine) -> [String] { affine.rows.map { "[\($0.x), \($0.y), \($0.z)]" } }
}
