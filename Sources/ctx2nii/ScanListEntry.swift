import FoundationEssentials
import VoxCommand
import VoxFormats
import VoxGrid

/// One line of `--list`.
struct ScanListEntry: Encodable {
  /// What `--series` takes; `nil` for a file that could not be read.
  let index: Int?
  let uid: String?
  let modality: String?
  /// The series' description, or the file's name.
  let description: String?
  let images: Int
  let dimensions: [Int]
  /// Millimetres; 0 where unknown.
  let spacing: [Double]
  let orientation: String?
  /// What is wrong with the series, or remarkable about the file.
  let problems: [String]

  /// Volumes of an image with more than three axes.
  let volumes: Int
  /// What tells the scan from others of the same series, such as its echo.
  let part: String?

  /// Describes a scan; of an image the header is read.
  init(index: Int, _ scan: Scan, _ options: ReadOptions) throws {
    self.index = index
    switch scan {
    case .series(let series):
      let summary = series.summary
      (uid, modality, description) = (summary.uid, summary.modality, summary.description)
      (images, problems) = (summary.images, summary.problems)
      (dimensions, spacing) = (Self.list(summary.dimensions), Self.list(summary.spacing))
      orientation = summary.orientation?.description
      (volumes, part) = (1, summary.part)
    case .image(let operand):
      let header = try operand.open(options).header
      (uid, modality, description) = (nil, nil, operand.name)
      (images, problems) = (header.grid.dimensions.z, header.warnings)
      (dimensions, spacing) = (Self.list(header.grid.dimensions), Self.list(header.grid.spacing))
      orientation = header.grid.orientation.description
      (volumes, part) = (header.volumes, nil)
    }
  }

  /// Describes a file in a directory that could not be read.
  init(unreadable problem: FormatError) {
    (index, uid, modality, description, orientation, part) = (nil, nil, nil, nil, nil, nil)
    (images, volumes, dimensions, spacing) = (0, 0, [], [])
    problems = [problem.description]
  }

  /// A header and one line per scan, fields separated by tabs.
  static func tsv(_ entries: [ScanListEntry]) -> String {
    let names = [
      "index", "uid", "modality", "description", "images", "dimensions", "spacing", "orientation", "problems",
      "volumes", "part",
    ]
    let rows = entries.map { entry in entry.fields.map { String($0.map { $0.isNewline || $0 == "\t" ? " " : $0 }) } }
    return ([names] + rows).map { $0.joined(separator: "\t") + "\n" }.joined()
  }

  private var fields: [String] {
    let spacing = spacing.map { String(($0 * 10_000).rounded() / 10_000) }.joined(separator: "x")
    return [
      index.map(String.init) ?? "", uid ?? "", modality ?? "", description ?? "", String(images),
      dimensions.map(String.init).joined(separator: "x"), spacing, orientation ?? "", problems.joined(separator: "; "),
      String(volumes), part ?? "",
    ]
  }

  /// An array with one object per scan.
  static func json(_ entries: [ScanListEntry]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(entries), as: UTF8.self) + "\n"
  }

  private static func list<Number>(_ vector: SIMD3<Number>) -> [Number] { [vector.x, vector.y, vector.z] }
}
