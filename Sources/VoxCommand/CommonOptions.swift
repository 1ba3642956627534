public import ArgumentParser
import Glibc

/// When a command shows how far it is.
public enum ProgressMode: String, Sendable, CaseIterable, ExpressibleByArgument {
  /// Only on a terminal.
  case auto
  case always
  case never
}

/// The options every command takes.
public struct CommonOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "Where to write: a file, - being standard output; a directory for commands that write several files.",
      valueName: "path"))
  public var output: String?

  @Option(help: ArgumentHelp("Number of threads; default: one per processor.", valueName: "n"))
  public var threads: Int?

  @Flag(help: "Print errors and warnings only.")
  public var quiet = false

  @Flag(help: "Print what is decided and how long it takes.")
  public var verbose = false

  @Option(help: "Show progress on standard error: auto (on a terminal only), always or never.")
  public var progress = ProgressMode.auto

  @Flag(name: .customLong("no-provenance"), help: "Leave no record of this command in the output.")
  public var noProvenance = false

  public init() {}

  public func validate() throws {
    if let threads, !(1...4096).contains(threads) {
      throw ValidationError("--threads expects a number from 1 to 4096, got \(threads)")
    }
    if output == "" { throw ValidationError("-o expects a path, got an empty name") }
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other") }
  }

  /// How many threads to use.
  public var threadCount: Int { threads ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
