import Foundation
import VoxCommand
import VoxFormats
import VoxGrid
import VoxStream

/// The scan that the stream was made from, in its own voxels: a DICOM series, or an image file.
struct Reference: Sendable {
  /// The DICOM series; `nil` for an image file.
  let series: DICOMSeries?
  /// The scan in its own voxel order; `nil` where its slices form no volume.
  let image: Volume<Float>?
  /// Why there is no image.
  let problem: FormatError?
  /// What a user should know of how the scan was found.
  let notes: [String]
  private let path: String

  /// Finds and decodes the scan: an image file, or the series in a directory that the stream was made from.
  ///
  /// Of several series the one the stream names is taken.
  ///
  /// - Throws: ``FormatError``; ``CommandError`` when the directory holds no series, or several and none is named, or
  ///   one of another study or frame of reference than the stream's.
  init(_ path: String, for source: StreamHeader.Source?, threads: Int) throws {
    self.path = path
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    if exists, !isDirectory.boolValue, try FormatRegistry.recognizes(path: path) {
      (series, problem, notes) = (nil, nil, [])
      image = try FormatRegistry.read(path: path).volume.float
      return
    }
    let series = try DICOMSeries.reference(in: path, named: source?.seriesInstanceUID, part: source?.part)
    try Self.expect("study", source?.studyInstanceUID, series.studyInstanceUID, path)
    try Self.expect("frame of reference", source?.frameOfReferenceUID, series.frameOfReferenceUID, path)
    self.series = series
    notes = Self.notes(on: series, source, path)
    problem = series.problems.first?.error
    image = problem == nil ? try series.load(threads: threads).volume.float : nil
  }

  /// Whether intensities are Hounsfield units; `nil` where the scan does not say.
  var isCT: Bool? { series?.modality.map { $0 == "CT" } }

  /// What was taken on trust.
  private static func notes(on series: DICOMSeries, _ source: StreamHeader.Source?, _ path: String) -> [String] {
    let isCompared = [
      (source?.studyInstanceUID, series.studyInstanceUID), (source?.frameOfReferenceUID, series.frameOfReferenceUID),
      (source?.seriesInstanceUID, series.seriesInstanceUID),
    ].contains { $0 != nil && $1 != nil }
    if !isCompared {
      return [
        "\(path): stream and scan have no UID in common to compare; that they are of one patient is taken on trust"
      ]
    }
    if let named = source?.seriesInstanceUID, let own = series.seriesInstanceUID, named != own {
      return ["\(path): the stream was made from the series \(named), the scan is another of the study, \(own)"]
    }
    return []
  }

  /// Throws where the stream and the series both say what they belong to, and it is not the same.
  private static func expect(_ what: String, _ stated: String?, _ found: String?, _ path: String) throws {
    guard let stated, let found, stated != found else { return }
    throw CommandError(
      .usage,
      "\(path): expected the \(what) that the stream was made from, \(stated), found \(found); "
        + "name the directory of the same scan with --reference")
  }

  /// Throws where the scan and the stream's image have no space in common.
  func expectOverlap(with grid: Grid) throws {
    guard let image, !image.grid.overlaps(grid) else { return }
    let (own, others) = (image.grid.box, grid.box)
    let gap = pointwiseMax(pointwiseMax(own.low - others.high, others.low - own.high), .zero).length
    throw CommandError(
      .usage,
      "\(path): expected the scan of the stream's image, which spans \(grid.span); found one that spans "
        + "\(image.grid.span), \(Grid.whole(gap)) mm away; name the directory of the scan with --reference")
  }
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

  /// The smallest box along the world's axes that holds all voxels.
  fileprivate var box: (low: SIMD3<Double>, high: SIMD3<Double>) {
    let ends = [SIMD3<Double>(1, 0, 0), [0, 1, 0], [0, 0, 1]].map(extent)
    return ([ends[0].low, ends[1].low, ends[2].low], [ends[0].high, ends[1].high, ends[2].high])
  }

  /// The box in words, RAS+ millimetres.
  fileprivate var span: String {
    zip(["x", "y", "z"], 0..<3).map { name, axis in
      "\(name) \(Self.whole(box.low[axis])) to \(Self.whole(box.high[axis]))"
    }.joined(separator: ", ") + " mm"
  }

  fileprivate static func whole(_ millimetres: Double) -> String { String(format: "%.0f", millimetres) }

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
