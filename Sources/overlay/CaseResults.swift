import VoxCommand
import VoxFormats
import VoxGrid
import VoxRender
import VoxSegments
import VoxStream

/// A case as it came through the pipe, without its attributions.
struct CaseResults {
  /// What the stream says of itself.
  let header: StreamHeader
  /// The scan, in its own units.
  let image: Volume<Float>
  /// The segmentation, on the image's grid.
  let labels: LabelMap?
  /// The scan in its own voxels.
  let reference: Reference?
  /// How DICOM objects are written.
  let dicom: DICOMSettings
  /// How the image and attributions are shown.
  let display: Display
  /// How the scan itself and attributions are shown.
  let sourceDisplay: Display
  /// How tables are written.
  let tables: any TableFormat
  /// How many threads may share the work.
  let threads: Int

  /// Names and colours of the labels.
  var table: LabelTable { header.labels }

  /// The unit of the image, where the stream names it.
  var units: String? { header.channels.first { $0.role == .image }?.units }

  /// What the image says in every segment; `nil` without a label map.
  ///
  /// - Throws: ``SegmentError``.
  func statistics() throws -> SegmentStatistics? {
    try labels.map { try SegmentStatistics(image: image, labels: $0, table: table, threads: threads) }
  }

  /// What there is to make products of.
  var ingredients: Set<Ingredient> {
    var present: Set<Ingredient> = []
    if labels != nil { present.insert(.labels) }
    if labels?.voxels.contains(where: { $0 > 0 }) == true { present.insert(.segments) }
    if header.channels.contains(where: { $0.role == .attribution }) { present.insert(.attributions) }
    let isSummable = labels != nil && header.channels.contains { $0.role == .attribution && $0.target != nil }
    if header.matrix != nil || isSummable { present.insert(.matrix) }
    if reference?.series != nil, reference?.image != nil { present.insert(.reference) }
    return present
  }
}

/// How DICOM objects are written.
struct DICOMSettings: Sendable {
  /// Whom and what they belong to.
  let identity: DerivedIdentity
  /// Whether the secondary captures of a target are one file.
  let isMultiframe: Bool
  /// The program that writes them.
  let software = Software(name: "overlay", version: Version.string)

  /// Series numbers of the first target, high enough not to meet a scanner's.
  enum FirstSeriesNumber {
    static let captures = 9001
    static let maps = 9301
    static let segmentation = 9601
  }
}

/// The attribution of one target, to one image where the network reads several.
struct Explanation {
  /// Name of the target.
  let target: String
  /// The image, where the network reads several.
  let input: String?
  /// Label value of the target's segment, where the stream names it.
  let segment: Int32?
  /// Name of the attribution method, where the stream names it.
  let method: String?
  /// Unit of the attributions, where the stream names it.
  let units: String?
  /// The target's name, and the image's, as part of a file name.
  let fileName: String
  /// Place among the attributions of the case, the first being 0.
  let index: Int
  /// Signed attributions on the image's grid.
  let map: Volume<Float>
  /// The end of the display's symmetric range.
  let limit: Double

  /// What is shown, such as `gradient of liver`, or `gradient of tumour in T1`.
  var title: String { "\(method ?? "attribution") of \(target)\(input.map { " in \($0)" } ?? "")" }
}

/// How images and attributions are shown.
struct Display {
  let window: IntensityWindow
  let colormap: Colormap
  let alpha: Double
  let threshold: Double

  /// The style for one target: its attribution is shown symmetric about zero up to its own limit.
  func style(for explanation: Explanation) -> OverlayStyle {
    OverlayStyle(
      window: window, colormap: colormap, limit: explanation.limit, alpha: alpha,
      threshold: threshold)
  }
}

extension CaseResults {
  /// The network with the first digits of its digest, such as `abdomen (sha256 4f1c22ab09de)`.
  var network: String? { header.model.map { "\($0.name) (sha256 \($0.sha256.prefix(12)))" } }

  /// The legend of an overlay.
  func legend(for explanation: Explanation, _ display: Display) -> Legend {
    Legend(
      style: display.style(for: explanation), attribution: explanation.title,
      segment: labels != nil && explanation.segment != nil ? explanation.target : nil, units: units,
      attributionUnits: explanation.units, details: header.model.map { ["network: \($0.name)"] } ?? [],
      notes: (header.model.map { ["sha256 \($0.sha256.prefix(12))"] } ?? []) + ["NOT FOR DIAGNOSIS"])
  }

  /// How an attribution came about, for DICOM objects.
  func derivation(of explanation: Explanation) -> String {
    "\(explanation.title)\(header.model.map { ", network \($0.name.prefix(200)), SHA-256 \($0.sha256)" } ?? "")."
  }
}

/// Names of targets as parts of file names.
struct FileNames {
  private var taken: Set<String> = []

  /// A name of letters, digits, `.`, `_` and `-` that was not given before.
  mutating func name(for target: String) -> String {
    let safe = String(target.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" })
    let base = safe.isEmpty ? "_" : String(safe.prefix(100))
    var name = base
    var copies = 1
    while !taken.insert(name.lowercased()).inserted {
      copies += 1
      name = "\(base)_\(copies)"
    }
    return name
  }
}
