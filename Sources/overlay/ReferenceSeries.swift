import VoxCommand
import VoxFormats
import VoxGrid
import VoxStream

/// The DICOM series the scan was made from.
struct ReferenceSeries: Sendable {
  /// Writes captures on the series.
  let writer: SecondaryCaptureWriter
  /// The scan in the series' own pixel order: columns, rows, slices.
  let image: Volume<Float>

  /// Finds and decodes the series in a directory that a stream's image was made from.
  ///
  /// Of several series the one the stream names is taken.
  ///
  /// - Throws: ``FormatError``; ``CommandError`` when the directory holds no series, or several and none is named.
  init(_ directory: String, for source: StreamHeader.Source?, threads: Int) throws {
    let series = try DICOMSeries.reference(in: directory, named: source?.seriesInstanceUID, part: source?.part)
    writer = try SecondaryCaptureWriter(source: series)
    image = try series.load(threads: threads).volume.float
  }

  /// Whether the series and a grid share any of their space, voxels taken as boxes.
  func overlaps(_ grid: Grid) -> Bool { image.grid.overlaps(grid) }
}

extension Grid {
  /// Whether the box of this grid's voxels and that of another's share a volume; never for grids without one.
  ///
  /// - Source: separating axis theorem: disjoint boxes have a gap along a face normal of one of them, or along the
  ///   vector product of an edge of each.
  fileprivate func overlaps(_ other: Grid) -> Bool {
    guard affine.inverse != nil, other.affine.inverse != nil else { return false }
    let (own, others) = (edges, other.edges)
    let axes = own.normals + others.normals + own.flatMap { edge in others.map { edge.cross($0) } }
    return axes.allSatisfy { axis in
      // Parallel edges have no product.
      guard axis.length > 1e-6 else { return true }
      let (a, b) = (extent(along: axis), other.extent(along: axis))
      return a.low < b.high && b.low < a.high
    }
  }

  /// Directions of the box's edges.
  private var edges: [SIMD3<Double>] { (0..<3).map { affine[$0].normalized } }

  /// Where the box lies along an axis.
  private func extent(along axis: SIMD3<Double>) -> (low: Double, high: Double) {
    let middle = center.dot(axis)
    let half = (0..<3).reduce(0) { $0 + abs(affine[$1].dot(axis)) * Double(dimensions[$1]) / 2 }
    return (middle - half, middle + half)
  }
}

extension [SIMD3<Double>] {
  /// Normals of the faces between three edges.
  fileprivate var normals: Self { indices.map { self[($0 + 1) % count].cross(self[($0 + 2) % count]).normalized } }
}
