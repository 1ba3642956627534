import VoxAttribution
import VoxCommand
import VoxFormats
import VoxGrid
import VoxSegments
import VoxStream
import VoxTensor

/// Where the results of a case go; everything is opened before the work begins, so that a wrong path fails at once.
struct ResultOutputs {
  private let stream: ByteSink
  private let matrix: MatrixOutput?
  private let profile: ByteSink?

  private struct MatrixOutput {
    let sink: ByteSink
    /// The file's name without its extension.
    let caseName: String
    let isTable: Bool
  }

  /// Opens the outputs.
  ///
  /// - Parameters:
  ///   - stream: a path, or `-` for standard output.
  ///   - matrix: a path that ends in `.json` or `.csv`.
  ///   - profile: a path for the table of the network's time.
  /// - Throws: `FormatError` with code `cannotCreate`; `CommandError` with status 64 for a terminal.
  init(stream: String, matrix: String?, profile: String?) throws {
    self.stream = try ByteSink.open(stream)
    self.matrix = try matrix.map { path in
      let name = path.split(separator: "/").last ?? ""
      let stem = name.split(separator: ".").dropLast().joined(separator: ".")
      return MatrixOutput(
        sink: try ByteSink(path: path), caseName: stem, isTable: path.lowercased().hasSuffix(".csv"))
    }
    self.profile = try profile.map { path in try ByteSink(path: path) }
  }

  /// Writes matrix, profile and stream; one attribution is held at a time.
  ///
  /// - Parameter header: announces the channels to write.
  func write(_ explained: ExplainedCase, _ header: StreamHeader) throws {
    if let matrix {
      let file = explained.caseFile(named: matrix.caseName)
      try matrix.sink.write(matrix.isTable ? Array(file.csv.text.utf8) : Array(file.json()))
      try matrix.sink.finish()
    }
    if let profile {
      try profile.write(Array(explained.profile.table.utf8))
      try profile.finish()
    }
    let image = explained.scan.image
    let writer = try StreamWriter(header, grid: image.grid, to: stream)
    try writer.write(image)
    try writer.write(LabelMap(grid: image.grid, voxels: explained.labels))
    let explanation = explained.explanation
    for index in header.channels.dropFirst(2).indices.map({ $0 - 2 }) {
      let (position, input) = index.quotientAndRemainder(dividingBy: explanation.images)
      try writer.write(Volume(grid: image.grid, voxels: explanation.attribution(position, image: input)))
    }
    try writer.finish()
  }
}
