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
    abstract: "Convert a scan to one volume on the voxel grid you ask for.",
    discussion: "Reads DICOM series and \(FormatRegistry.all.map { $0.name }.joined(separator: ", ")).",
    version: Version.string)

  @Argument(
    help: ArgumentHelp(
      "Directories (searched recursively), DICOM files or images; - is standard input.", valueName: "input"))
  var inputs: [String] = []

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup(title: "Slices") var stack: StackOptions
  @OptionGroup(title: "Raw voxels") var raw: RawOptions
  @OptionGroup(title: "Grid") var grid: GridOptions
  @OptionGroup(title: "Values") var values: ValueOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let name = common.output, !selection.list { try Destination.expectKnown(name) }
    // With --dicom the reference lends its patient and study, and the grid is free.
    try grid.expectOneSource(referenceIsGrid: output.dicom == nil)
  }

  func execute(_ diagnostics: Diagnostics) throws {
    let scans = try ScanList(inputs.isEmpty ? ["-"] : inputs, readOptions)
    if selection.list { return try list(scans) }

    let plan = try ConversionPlan(grid, values, stack.tilt, isDerived: output.dicom != nil, readOptions)
    let derived = try DerivedOutput(output, reference: grid.reference)
    let destination =
      derived == nil || common.output != nil
      ? try Destination(common.output ?? "-", threads: common.threadCount) : nil
    let chosen = try scans.chosen(by: selection.series)
    var scan = try chosen.load(
      volume: selection.volume, readOptions, loadOptions(plan))
    for warning in scan.warnings { diagnostics.warning(warning) }
    diagnostics.detail("read \(scan.volume.grid), \(scan.volume.type.rawValue)")

    let header = try header(of: scan)
    try plan.convert(&scan, diagnostics)
    diagnostics.detail("write \(scan.volume.grid), \(scan.volume.type.rawValue)")
    if let path = output.sidecar { try write(chosen.sidecar(of: scan), to: path) }
    try derived?.write(scan, window: values.window, threads: common.threadCount, diagnostics)
    try destination?.write(scan, header, threads: common.threadCount, diagnostics)
  }

  private var readOptions: ReadOptions {
    var options = ReadOptions()
    (options.maxVoxels, options.threads) = (selection.maxVoxels, common.threadCount)
    options.raw = raw.layout
    return options
  }

  private func loadOptions(_ plan: ConversionPlan) -> DICOMLoadOptions {
    DICOMLoadOptions(
      threads: common.threadCount, orientation: plan.orientation, maxVoxels: selection.maxVoxels, tilt: stack.tilt,
      irregular: stack.irregular)
  }

  private func write(_ sidecar: Sidecar, to path: String) throws {
    let sink = try ByteSink(path: path)
    try sink.write(sidecar.json(softwareVersion: Version.string))
    try sink.finish()
  }

  private func list(_ scans: ScanList) throws {
    let output = common.output ?? "-"
    let sink = try output == "-" ? ByteSink(descriptor: 1, name: "standard output") : ByteSink(path: output)
    let entries = try scans.entries
    try sink.write(Array((selection.json ? ScanListEntry.json(entries) : ScanListEntry.tsv(entries)).utf8))
    try sink.finish()
  }
}
