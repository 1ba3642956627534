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
  /// The box of all voxels in words, RAS+ millimetres.
  fileprivate var span: String {
    zip(["x", "y", "z"], 0..<3).map { name, axis in
      "\(name) \(Self.whole(box.low[axis])) to \(Self.whole(box.high[axis]))"
    }.joined(separator: ", ") + " mm"
  }

  fileprivate static func whole(_ millimetres: Double) -> String { String(format: "%.0f", millimetres) }
}
