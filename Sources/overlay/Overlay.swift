import ArgumentParser
import VoxCommand
import VoxFormats
import VoxGrid
import VoxStream

/// `overlay`: writes the results of `explain` as files that people open and count.
@main
struct Overlay: StageCommand {
  static let configuration = CommandConfiguration(
    commandName: "overlay",
    abstract: "Write the results of explain as images, label maps, tables and pictures.",
    discussion: "Files go to \(directory), or to the directory that -o names. Products:\n"
      + ProductRegistry.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"),
    version: Version.string)

  /// Where results go by default.
  private static let directory = "voxplain-out"

  @Argument(help: "Stream of explain, or a NIfTI file with an image and its labels; - is standard input.")
  var stream = "-"

  @OptionGroup(title: "Results") var wanted: ResultOptions
  @OptionGroup(title: "Display") var display: DisplayOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if common.output == "-" { throw ValidationError("-o expects a directory; overlay writes several files") }
  }

  func execute(_ diagnostics: Diagnostics) throws {
    let reader = try StreamReader(ByteSource.open(stream))
    reader.warnings.forEach(diagnostics.warning)
    let reference = try wanted.reference.map { path in
      try ReferenceSeries(path, for: reader.header.source, threads: common.threadCount)
    }
    let directory = try AtomicDirectory(common.output ?? Self.directory)
    var channels = CaseReader(reader)
    let (image, labels) = try channels.imageAndLabels()
    let results = CaseResults(
      header: reader.header, image: image, labels: labels, reference: reference,
      display: display.display(of: image, isCT: reader.header.isCT), threads: common.threadCount)
    try report(reference, results, diagnostics)

    let selection = wanted.products ?? .standard(withReference: reference != nil)
    let (products, remarks) = try selection.possible(with: results.ingredients)
    remarks.forEach(diagnostics.note)
    for product in products { try product.write(results, to: directory) }
    let total = reader.header.channels.count { $0.role == .attribution }
    while let explanation = try channels.nextExplanation() {
      diagnostics.progress("target", explanation.index, of: total)
      for product in products { try product.write(explanation, of: results, to: directory) }
    }
    diagnostics.progress("target", total, of: total)
    try directory.commit()
    diagnostics.note("wrote \(products.map(\.name).joined(separator: ", ")) to \(directory.path)")
  }

  /// Says what a user should know of the DICOM source.
  private func report(_ reference: ReferenceSeries?, _ results: CaseResults, _ diagnostics: Diagnostics) throws {
    guard let reference else { return }
    reference.writer.notes.forEach(diagnostics.note)
    guard reference.overlaps(results.image.grid) else {
      throw CommandError(
        .usage, "the series in --reference lies nowhere near the stream's image; name the directory of the scan")
    }
  }
}
