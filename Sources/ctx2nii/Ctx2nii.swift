import ArgumentParser
import VoxCommand
import VoxFormats
import VoxGrid
import VoxStream

/// Brings any scan onto one voxel grid.
@main
struct Ctx2nii: StageCommand {
  static let configuration = CommandConfiguration(
    commandName: "ctx2nii",
    abstract: "Convert a scan to one NIfTI volume on the voxel grid you ask for.",
    discussion: "Reads DICOM series and \(FormatRegistry.all.map { $0.name }.joined(separator: ", ")).",
    version: Version.string)

  @Argument(
    help: ArgumentHelp(
      "Directories (searched recursively), DICOM files or images; - is standard input.", valueName: "input"))
  var inputs: [String] = []

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup(title: "Grid") var grid: GridOptions
  @OptionGroup(title: "Values") var values: ValueOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if selection.json && !selection.list { throw ValidationError("--json belongs to --list") }
    if let output = common.output, output != "-", !selection.list,
      !NIfTIFormat.writableExtensions.contains(where: { output.lowercased().hasSuffix("." + $0) })
    {
      throw ValidationError("-o expects a name that ends in .nii or .nii.gz, got \(output)")
    }
  }

  func execute(_ diagnostics: Diagnostics) throws {
    let scans = try ScanList(inputs.isEmpty ? ["-"] : inputs)
    if selection.list { return try list(scans) }

    let plan = try ConversionPlan(grid: grid, values: values, threads: common.threadCount)
    // The output is opened first: a name that cannot be created or a terminal ends the command before the work.
    let sink = try ByteSink.open(common.output ?? "-")
    let scan = try scans.chosen(by: selection.series).load(threads: common.threadCount)
    for warning in scan.warnings { diagnostics.warning(warning) }
    diagnostics.detail("read \(scan.volume.grid), \(scan.volume.type.rawValue)")

    let result = try plan.convert(scan, diagnostics)
    diagnostics.detail("write \(result.grid), \(result.type.rawValue)")
    let writer = try StreamWriter(header(of: scan), grid: result.grid, type: result.type, to: sink)
    try writer.write(result)
    try writer.finish()
  }

  private func list(_ scans: ScanList) throws {
    let output = common.output ?? "-"
    let sink = try output == "-" ? ByteSink(descriptor: 1, name: "standard output") : ByteSink(path: output)
    let entries = try scans.scans.enumerated().map { try ScanListEntry(index: $0.offset + 1, $0.element) }
    try sink.write(Array((selection.json ? ScanListEntry.json(entries) : ScanListEntry.tsv(entries)).utf8))
    try sink.finish()
  }

  private func header(of scan: ScanImage) -> StreamHeader {
    let units = values.scale == nil ? scan.units : nil
    var header = StreamHeader(channels: [
      scan.labels == nil
        ? .init(name: "image", role: .image, units: units) : .init(name: "labels", role: .labels)
    ])
    header.labels = scan.labels ?? LabelTable()
    var source = StreamHeader.Source(modality: scan.modality)
    source.studyInstanceUID = scan.studyInstanceUID
    source.seriesInstanceUID = scan.seriesInstanceUID
    source.frameOfReferenceUID = scan.frameOfReferenceUID
    if source != StreamHeader.Source() { header.source = source }
    header.record("ctx2nii", record, common: common)
    return header
  }

  private var record: OptionRecord {
    var record = OptionRecord()
    record.add("--series", selection.series)
    record.add("--for", network: grid.network)
    record.add("--orient", grid.orient)
    record.add("--spacing", grid.spacing)
    record.add("--reference", scan: grid.reference)
    record.add("--interpolation", grid.interpolation?.rawValue)
    record.add("--window", values.window)
    record.add("--scale", values.scale)
    record.add("--type", values.type == .auto ? nil : values.type.description)
    return record
  }
}
