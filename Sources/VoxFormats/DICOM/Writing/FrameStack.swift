public import VoxGrid

/// The planes that the frames of a new image lie on, and the images each was made from.
///
/// - Units: millimetres.
/// - Coordinates: LPS+ patient coordinates.
public struct FrameStack: Sendable {
  /// Pixels along a row and down a column, and planes.
  public let dimensions: SIMD3<Int>
  /// The grid of the planes: i along a row, j down a column, k from plane to plane; RAS+.
  public let grid: Grid
  /// Where plane k lies.
  package let planes: [DICOMSlice.Plane]
  /// Distance between neighbouring planes.
  package let spacing: Double
  /// Thickness of the planes.
  package let thickness: Double
  /// The images that plane k was made from, none where they have no identity or are not to be named.
  package let sources: [[DICOMSlice]]
  /// Whether pixels lie where those of the sources do.
  package let hasSourcesPixels: Bool

  /// The slices of a series themselves.
  ///
  /// - Throws: ``FormatError``: the first of the series' problems.
  public init(_ series: DICOMSeries, naming identity: DerivedIdentity) throws(FormatError) {
    if let problem = series.problems.first { throw problem.error }
    guard let grid = series.grid else { throw FormatError(.malformed, "expected images that form a volume") }
    self.grid = grid
    dimensions = grid.dimensions
    planes = series.slices.compactMap(\.plane)
    spacing = series.sliceSpacing ?? grid.spacing.z
    thickness = series.slices.first?.thickness ?? spacing
    hasSourcesPixels = true
    sources = series.slices.map { identity.refersToSource && $0.hasIdentity ? [$0] : [] }
  }

  /// The planes of any rectangular grid along its third axis.
  ///
  /// - Throws: ``FormatError`` with code `unsupported` for a sheared grid.
  public init(_ grid: Grid, naming identity: DerivedIdentity) throws(FormatError) {
    let planes = try SlicePlanes(grid)
    self.grid = grid
    dimensions = grid.dimensions
    self.planes = (0..<grid.dimensions.z).map { planes[$0] }
    (spacing, thickness) = (planes.spacing, planes.spacing)
    hasSourcesPixels = false
    let named = identity.refersToSource ? (identity.source?.slices ?? []).filter(\.hasIdentity) : []
    sources = self.planes.map { plane in named.filter { $0.lies(in: plane, within: planes.spacing / 2) } }
  }
}

extension DICOMSlice {
  /// Whether another object can refer to the image.
  var hasIdentity: Bool { sopClassUID != nil && sopInstanceUID != nil }

  /// Whether the slice is parallel to a plane and at most so many millimetres away.
  func lies(in other: Plane, within distance: Double) -> Bool {
    guard let plane, abs(plane.normal.dot(other.normal)) > 1 - 1e-6 else { return false }
    return abs((plane.position - other.position).dot(other.normal)) <= distance
  }
}
