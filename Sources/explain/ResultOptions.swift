import ArgumentParser

/// What is written.
struct ResultOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write the case's matrix too: a case file for aggregate (.json) or a table (.csv).", valueName: "file"))
  var matrix: String?

  @Option(
    help: ArgumentHelp(
      "Write where the network's time went, layer by layer, as tab-separated values.", valueName: "file.tsv"))
  var profile: String?

  @Flag(help: "Leave the attributions out of the stream; image, labels and matrix remain.")
  var noMaps = false

  @Flag(help: "Print the network's model card, work, memory and what of it is not supported; run nothing.")
  var check = false

  func validate() throws {
    if let matrix, !matrix.lowercased().hasSuffix(".json"), !matrix.lowercased().hasSuffix(".csv") {
      throw ValidationError("--matrix expects a file that ends in .json or .csv, got \(matrix)")
    }
  }
}
