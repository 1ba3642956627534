import ArgumentParser

/// Which of several scans, and of several volumes of one.
struct SelectionOptions: ParsableArguments {
  @Flag(help: "List every series on standard output as tab-separated values, and convert nothing.")
  var list = false

  @Flag(help: "With --list: print JSON.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Convert the series with this UID, or with this index in the list, the first being 1.", valueName: "uid|index"))
  var series: String?

  @Option(
    help: ArgumentHelp(
      "Of an image with more than three axes convert this volume, the first being 1.", valueName: "n"))
  var volume: Int?

  @Option(
    name: .customLong("max-voxels"),
    help: ArgumentHelp(
      "Refuse inputs of more voxels before anything is allocated. Default: 2147483648.", valueName: "n"))
  var maxVoxels = 1 << 31

  func validate() throws {
    if json && !list { throw ValidationError("--json belongs to --list") }
    if let volume, volume < 1 { throw ValidationError("--volume expects a number from 1 on, got \(volume)") }
    if maxVoxels < 1 { throw ValidationError("--max-voxels expects a number from 1 on, got \(maxVoxels)") }
  }
}
