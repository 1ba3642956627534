import ArgumentParser

/// Statistics of an image and a label map in files.
struct MeasuringOptions: ParsableArguments {
  @Flag(help: "Write the statistics of an image file to standard output, or to the file that -o names.")
  var statisticsOnly = false

  @Option(
    help: ArgumentHelp(
      "The segments: an image file of labels, or a directory with one mask per segment.", valueName: "path"))
  var labels: String?
}
