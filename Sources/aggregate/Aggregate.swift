import ArgumentParser
import VoxCommand
import VoxFormats
import VoxSegments

/// Turns the matrices of many cases into global explanations.
@main
struct Aggregate: StageCommand {
  static let configuration = CommandConfiguration(
    commandName: "aggregate",
    abstract: "Turn the explanations of many cases into global ones and find the odd cases.",
    version: Version.string)

  @Argument(help: ArgumentHelp("Case files written by explain --matrix; - is standard input.", valueName: "case.json"))
  var cases: [String] = []

  @Option(
    name: .customLong("agg2exp-csv"),
    help: ArgumentHelp("Read the wide table of the Agg2Exp authors instead of case files.", valueName: "file"))
  var agg2expTable: String?

  @Option(help: ArgumentHelp("Resample the cases N times for confidence intervals; 0 for none.", valueName: "n"))
  var resamples = 1000

  @Option(help: ArgumentHelp("Seed the resampling.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Keep the N strongest sources of each target in the graph (default: 5).", valueName: "n"))
  var edges: Int?

  @Option(
    help: ArgumentHelp(
      "Keep the strongest sources whose masses add up to at most SHARE, instead of a number of them.",
      valueName: "share"))
  var cumulative: Double?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if cases.isEmpty == (agg2expTable == nil) {
      throw ValidationError("expected either case files or --agg2exp-csv FILE")
    }
    if common.output == nil || common.output == "-" {
      throw ValidationError("expected a directory for the results; name one with -o DIR")
    }
    if !(0...20_000).contains(resamples) {
      throw ValidationError("--resamples expects a number from 0 to 20000, got \(resamples)")
    }
    if edges != nil && cumulative != nil { throw ValidationError("--edges and --cumulative exclude each other") }
    if let edges, edges < 0 { throw ValidationError("--edges expects a number that is not negative, got \(edges)") }
    if let cumulative, !(0...1).contains(cumulative) {
      throw ValidationError("--cumulative expects a share from 0 to 1, got \(cumulative)")
    }
  }

  func execute(_ diagnostics: Diagnostics) throws {
    let directory = try AtomicDirectory(common.output ?? "-")
    let cohort = try readCohort(diagnostics)
    for product in CohortProducts.all {
      let sink = try ByteSink(path: directory.file(product.fileName))
      try sink.write(Array(product.text(of: cohort, settings: settings).utf8))
      try sink.finish()
      diagnostics.detail("\(product.fileName) written")
    }
    try directory.commit()
    diagnostics.note(
      "\(cohort.cases.count) cases, \(cohort.targets.count) targets and \(cohort.regions.count) regions"
        + " aggregated into \(directory.path)")
  }

  private var settings: CohortSettings {
    var settings = CohortSettings()
    (settings.resamples, settings.seed) = (resamples, seed)
    if let edges { settings.edges = .strongest(edges) }
    if let cumulative { settings.edges = .cumulative(cumulative) }
    return settings
  }

  private func readCohort(_ diagnostics: Diagnostics) throws -> Cohort {
    if let agg2expTable { return try Cohort(agg2exp: InputText(agg2expTable)) }
    var files: [CaseFile] = []
    for path in cases {
      files.append(try CaseFile(InputText(path)))
      diagnostics.progress("reading case", files.count, of: cases.count)
    }
    return try Cohort(files)
  }
}
