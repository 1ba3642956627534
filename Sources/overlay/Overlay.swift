import ArgumentParser
import VoxCommand
import VoxFormats
import VoxGrid
import VoxRender
import VoxSegments
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
  @OptionGroup(title: "Statistics alone") var measuring: MeasuringOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if !measuring.statisticsOnly, common.output == "-" {
      throw ValidationError("-o expects a directory; overlay writes several files")
    }
    if measuring.labels == "-", stream == "-" {
      throw ValidationError("the image and its labels cannot both be standard input; name a file for one of them")
    }
    if measuring.statisticsOnly != (measuring.labels != nil) {
      throw ValidationError("--statistics-only and --labels go together: overlay IMAGE --labels FILE --statistics-only")
    }
  }

  func execute(_ diagnostics: Diagnostics) throws {
    if let labels = measuring.labels {
      let measurement = Measurement(
        image: stream, labels: labels, format: wanted.tables, replaces: wanted.force, threads: common.threadCount)
      try measurement.write(to: common.output ?? "-", diagnostics)
      return
    }
    let selection = wanted.products ?? .standard(withReference: wanted.reference != nil)
    let directory = try AtomicDirectory(common.output ?? Self.directory, replaces: wanted.force)
    // What surely exists is refused before a long pipe has run.
    for product in selection.products {
      try product.file.map { name throws(FormatError) in try directory.expectFree(name) }
    }
    let reader = try StreamReader(ByteSource.open(stream))
    reader.warnings.forEach(diagnostics.warning)
    let (results, channels) = try begin(reader, diagnostics)
    try write(selection, results, channels, to: directory, diagnostics)
  }

  /// Reads the stream up to its attributions, and the scan it was made from.
  private func begin(_ reader: StreamReader, _ diagnostics: Diagnostics) throws -> (CaseResults, CaseReader) {
    let threads = common.threadCount
    let reference = try wanted.reference.map { path in
      try Reference(path, for: reader.header.source, threads: threads)
    }
    try reference?.expectOverlap(with: reader.grid)
    reference?.notes.forEach(diagnostics.warning)
    if let problem = reference?.problem {
      guard wanted.grid == .model, wanted.products?.names("sc") != true else { throw problem }
      diagnostics.warning("\(problem); there are no captures on such slices, all else lies on the stream's own grid")
    }
    let identity = try DerivedIdentity(
      source: reference?.series, isDeidentified: wanted.deidentify && reference?.series != nil)
    identity.notes.forEach(diagnostics.note)
    var channels = CaseReader(reader, onto: wanted.grid == .source ? reference?.image : nil, threads: threads)
    let (image, labels) = try channels.imageAndLabels()
    var header = reader.header
    if wanted.grid == .source, let isCT = reference?.isCT { header.setImageUnits(isCT ? "HU" : nil) }
    let isCT = header.isCT
    header.record(Self.name, record, common: common)
    let results = CaseResults(
      header: header, image: image, labels: labels, reference: reference,
      dicom: DICOMSettings(identity: identity, isMultiframe: wanted.multiframe),
      display: display.display(of: image, isCT: isCT),
      sourceDisplay: display.display(of: reference?.image ?? image, isCT: reference?.isCT ?? isCT),
      tables: wanted.tables, threads: threads)
    return (results, channels)
  }

  /// The options in effect, for the record of where results come from.
  private var record: OptionRecord {
    var record = OptionRecord()
    record.add("--reference", scan: wanted.reference)
    record.add("--grid", wanted.grid.rawValue)
    record.add(flag: "--deidentify", wanted.deidentify)
    record.add("--colormap", display.colormap.name)
    record.add("--alpha", display.alpha)
    record.add("--threshold", display.threshold)
    record.add("--window", display.window.map { "\($0.low),\($0.high)" })
    record.add(flag: "--multiframe", wanted.multiframe)
    return record
  }

  private func write(
    _ selection: ProductSelection, _ results: CaseResults, _ channels: CaseReader, to directory: AtomicDirectory,
    _ diagnostics: Diagnostics
  ) throws {
    var channels = channels
    let (products, remarks) = try selection.possible(with: results.ingredients)
    remarks.forEach(diagnostics.note)
    var writers: [any ProductWriter] = []
    for product in products { writers.append(try product.begin(results, in: directory)) }
    let total = results.header.channels.count { $0.role == .attribution }
    var sums = MatrixAccumulator()
    let usesStatistics = products.contains { $0.usesStatistics }
    let isSummedUp = results.header.matrix == nil && products.contains { $0.usesMatrix }
    var summed: [Int32: Set<String?>] = [:]
    while let explanation = try channels.nextExplanation() {
      diagnostics.progress("target", explanation.index, of: total)
      for index in writers.indices { try writers[index].add(explanation) }
      if isSummedUp, let labels = results.labels, let segment = explanation.segment {
        let isFirst = summed[segment] == nil
        guard summed[segment, default: []].insert(explanation.input).inserted else {
          diagnostics.warning("\(explanation.title): tables have the first attribution of a target alone")
          continue
        }
        try sums.add(
          explanation.map.voxels, regions: labels.voxels, target: Int(segment), countingVoxels: isFirst)
      }
    }
    diagnostics.progress("target", total, of: total)
    let statistics = usesStatistics ? try results.statistics() : nil
    let summary = CaseSummary(matrix: results.header.matrix ?? sums.rows, statistics: statistics)
    for index in writers.indices { try writers[index].finish(summary) }
    try directory.commit()
    diagnostics.note("wrote \(products.map(\.name).joined(separator: ", ")) to \(directory.path)")
  }
}
