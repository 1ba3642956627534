import ArgumentParser
import FoundationEssentials
import VoxAttribution
import VoxCommand
import VoxFormats
import VoxGrid
import VoxStream
import VoxTensor

/// Segments a scan and attributes each label to the voxels it was read from.
@main
struct Explain: StageCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Segment a scan with a 3D network and attribute each label to the voxels it was read from.",
    version: Version.string)

  @Argument(help: ArgumentHelp("Stream of ctx2nii or a 3D NIfTI file; - is standard input.", valueName: "stream"))
  var stream = "-"

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Attribution") var attribution: AttributionOptions
  @OptionGroup(title: "Results") var results: ResultOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if model.channel.contains("-"), stream == "-" || model.channel.count(where: { $0 == "-" }) > 1 {
      throw ValidationError("standard input holds one image: name a file for each other one")
    }
  }

  func execute(_ diagnostics: Diagnostics) throws {
    let network = Network(option: model.model, environment: ProcessInfo.processInfo.environment)
    if attribution.listMethods { return try print(MethodRegistry.table) }
    if results.check {
      return try print(
        NetworkCheck(network: network, options: model, threads: common.threadCount).report(to: diagnostics))
    }
    let outputs = try ResultOutputs(
      stream: common.output ?? "-", matrix: results.matrix, profile: results.profile)
    let explained = try CaseRun(
      network: network, model: model, attribution: attribution, threads: common.threadCount, diagnostics: diagnostics
    ).explain(stream)
    var header = explained.header(hasMaps: !results.noMaps)
    header.record("explain", record(explained.plan, network), notes: explained.notes, common: common)
    try outputs.write(explained, header)
  }

  /// Writes a text to standard output.
  private func print(_ text: String) throws {
    let sink = try ByteSink(descriptor: 1, name: "standard output")
    try sink.write(Array(text.utf8))
    try sink.finish()
  }

  /// The options in effect, defaults included.
  private func record(_ plan: ExplainPlan, _ network: Network) -> OptionRecord {
    let roi = plan.windows.roi
    var record = OptionRecord()
    record.add("--model", network: network.path)
    for path in model.channel { record.add("--channel", scan: path) }
    record.add("--roi", "\(roi.x),\(roi.y),\(roi.z)")
    record.add("--overlap", plan.overlap)
    record.add("--blend", plan.blend.rawValue)
    record.add("--precision", model.precision.rawValue)
    record.add(flag: "--strict", model.strict)
    record.add("--method", type(of: plan.method).name)
    for (option, value) in plan.method.settings { record.add("--\(option.rawValue)", value) }
    record.add("--target", attribution.target)
    record.add("--stitch", plan.stitch.rawValue)
    record.add(flag: "--no-maps", results.noMaps)
    return record
  }
}
