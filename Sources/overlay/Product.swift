import VoxFormats
import VoxGrid
import VoxSegments

/// Something `overlay` can write: one or more files.
///
/// Adding one means a file in `Products/` and a line in ``ProductRegistry``.
protocol Product: Sendable {
  /// What users call it in `--products`.
  var name: String { get }
  /// One line for help texts.
  var summary: String { get }
  /// What it cannot be made without.
  var needs: Set<Ingredient> { get }
  /// Whether its writer finishes with the case's statistics, which take time.
  var usesStatistics: Bool { get }
  /// Whether its writer finishes with the case's matrix, which is summed up where the stream has none.
  var usesMatrix: Bool { get }
  /// The file that every case has, where there is one; its name is known before the case is.
  var file: String? { get }

  /// Writes what a case has once, and gives what writes the rest.
  func begin(_ results: CaseResults, in directory: AtomicDirectory) throws -> any ProductWriter
}

extension Product {
  var needs: Set<Ingredient> { [] }
  var usesStatistics: Bool { false }
  var usesMatrix: Bool { usesStatistics }
  var file: String? { nil }
}

/// Writes a product of one case while its attributions pass.
protocol ProductWriter {
  /// Writes what the case has for every target.
  mutating func add(_ explanation: Explanation) throws
  /// Writes what could not be written before all attributions had passed.
  mutating func finish(_ summary: CaseSummary) throws
}

extension ProductWriter {
  mutating func add(_ explanation: Explanation) throws {}
  mutating func finish(_ summary: CaseSummary) throws {}
}

/// What is known when all attributions of a case have passed.
struct CaseSummary {
  /// The Agg2Exp matrix, the stream's or else summed up from the attributions.
  let matrix: [MatrixRow]
  /// `nil` without a label map, and where no product uses it.
  let statistics: SegmentStatistics?
}

/// The writer of a product that is finished when it has begun.
struct NothingMore: ProductWriter {}

/// The writer of a product that is files for every target and no more.
struct PerTarget: ProductWriter {
  let write: (Explanation) throws -> Void
  func add(_ explanation: Explanation) throws { try write(explanation) }
}

extension AtomicDirectory {
  /// Writes a file of the directory at once.
  func write(_ bytes: [UInt8], as name: String) throws(FormatError) {
    let sink = try ByteSink(path: try file(name))
    try sink.write(bytes)
    try sink.finish()
  }

  /// Writes a volume as NIfTI.
  func write(
    _ volume: AnyVolume, _ header: NIfTIHeader, as name: String, threads: Int,
    for content: CompressedContent = .anything
  ) throws(FormatError) {
    let writer = try NIfTIWriter(header, to: ByteSink(path: try file(name), threads: threads, for: content))
    try writer.write(volume)
    try writer.finish()
  }

  /// Writes a file of text in UTF-8.
  func write(_ text: String, as name: String) throws(FormatError) { try write(Array(text.utf8), as: name) }
}

/// What a product may need and a user may not have given.
enum Ingredient: String, Sendable, CaseIterable {
  case labels = "a label map"
  case segments = "a label map with segments"
  case attributions = "attributions"
  case matrix = "an Agg2Exp matrix, or labels and attributions to sum up"
  case reference = "the scan's DICOM files"

  /// Where the ingredient comes from.
  var remedy: String {
    switch self {
    case .labels, .segments, .attributions, .matrix: "put explain before overlay in the pipe"
    case .reference: "name their directory with --reference"
    }
  }
}

/// Every product, in the order in which they are written.
enum ProductRegistry {
  static let all: [any Product] = [
    NIfTIProduct(), LabelsProduct(), RGBProduct(), SecondaryCaptureProduct(), SegmentationProduct(),
    ParametricMapProduct(), StatisticsProduct(), MatrixProduct(), PNGProduct(), HTMLProduct(),
  ]

  /// The names `--products` takes.
  static var names: [String] { all.map(\.name) }
}
