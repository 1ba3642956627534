import ArgumentParser
import VoxCommand
import VoxSegments

/// What is written.
struct ResultOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What to write, separated by commas, or all: \(ProductRegistry.names.joined(separator: ", ")). Default: \(ProductSelection.standard.joined(separator: ", ")), and sc where --reference is given.",
      valueName: "list"),
    transform: ProductSelection.init(parsing:))
  var products: ProductSelection?

  @Option(
    help: ArgumentHelp(
      "The scan: a directory of DICOM files, searched recursively, or an image file.", valueName: "path"))
  var reference: String?

  @Option(help: "Where results lie: on the grid of the stream (model) or on that of --reference (source).")
  var grid = ResultGrid.model

  @Option(
    help: ArgumentHelp(
      "How tables are written: \(TableFormats.all.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")).",
      valueName: "format"),
    transform: ResultOptions.tableFormat(named:))
  var tables: any TableFormat = TableFormats.all[0]

  @Flag(help: "Write the secondary captures of a target as one file.")
  var multiframe = false

  @Flag(help: "Write nothing of the patient into DICOM files, whatever --reference says.")
  var deidentify = false

  @Flag(help: "Replace files of the same names; without it they are kept and nothing is written.")
  var force = false

  func validate() throws {
    if grid == .source, reference == nil {
      throw ValidationError("--grid source needs the scan itself; name it with --reference")
    }
  }

  private static func tableFormat(named name: String) throws -> any TableFormat {
    guard let format = TableFormats.named(name) else {
      throw ValidationError("expected one of \(TableFormats.all.map(\.name).joined(separator: ", "))")
    }
    return format
  }
}

/// The grid that results lie on.
enum ResultGrid: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// The stream's own: the one the network saw.
  case model
  /// The scan's.
  case source
}
