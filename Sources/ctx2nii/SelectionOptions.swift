import ArgumentParser

/// Which of several scans.
struct SelectionOptions: ParsableArguments {
  @Flag(help: "List every series on standard output as tab-separated values, and convert nothing.")
  var list = false

  @Flag(help: "With --list: print JSON.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Convert the series with this UID, or with this index in the list, the first being 1.", valueName: "uid|index"))
  var series: String?
}
