import VoxCommand
import VoxGrid
import VoxRender
import VoxStream

/// A case as it came through the pipe, without its attributions.
struct CaseResults {
  /// What the stream says of itself.
  let header: StreamHeader
  /// The scan, in its own units.
  let image: Volume<Float>
  /// The segmentation, on the image's grid.
  let labels: LabelMap?
  /// The scan's DICOM files.
  let reference: ReferenceSeries?
  /// How images and attributions are shown.
  let display: Display
  /// How many threads may share the work.
  let threads: Int

  /// Names and colours of the labels.
  var table: LabelTable { header.labels }

  /// The unit of the image, where the stream names it.
  var units: String? { header.channels.first { $0.role == .image }?.units }

  /// What there is to make products of.
  var ingredients: Set<Ingredient> {
    var present: Set<Ingredient> = []
    if labels != nil { present.insert(.labels) }
    if header.channels.contains(where: { $0.role == .attribution }) { present.insert(.attributions) }
    if header.matrix != nil { present.insert(.matrix) }
    if reference != nil { present.insert(.reference) }
    return present
  }
}

/// The attribution of one target.
struct Explanation {
  /// Name of the target.
  let target: String
  /// Label value of the target's segment, where the stream names it.
  let segment: Int32?
  /// Name of the attribution method, where the stream names it.
  let method: String?
  /// The target's name as part of a file name.
  let fileName: String
  /// Place among the targets of the case, the first being 0.
  let index: Int
  /// Signed attributions on the image's grid.
  let map: Volume<Float>

  /// What is shown, such as `gradient of liver`.
  var title: String { "\(method ?? "attribution") of \(target)" }
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
      window: window, colormap: colormap, limit: OverlayStyle.limit(of: explanation.map), alpha: alpha,
      threshold: threshold)
  }
}

extension CaseResults {
  /// The legend of an overlay.
  func legend(for explanation: Explanation) -> Legend {
    Legend(
      style: display.style(for: explanation), attribution: explanation.title,
      segment: labels != nil && explanation.segment != nil ? explanation.target : nil, units: units,
      details: header.model.map { ["network: \($0.name)"] } ?? [], notes: ["NOT FOR DIAGNOSIS"])
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
