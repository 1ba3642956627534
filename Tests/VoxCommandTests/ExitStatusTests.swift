import ArgumentParser
import Testing
import VoxCommand
import VoxFormats
import VoxStream
import _VoxTestSupport

@Suite("Exit status")
struct ExitStatusTests {
  /// Fails as it is told.
  struct Failing: StageCommand {
    static let configuration = CommandConfiguration(commandName: "failing")
    @OptionGroup var common: CommonOptions
    @Option var how: String

    func execute(_ diagnostics: Diagnostics) throws {
      switch how {
      case "malformed": throw FormatError(.malformed, "m")
      case "unreadable": throw FormatError(.unreadable, "m")
      case "unsupported": throw FormatError(.unsupported, "m")
      case "cannot create": throw FormatError(.cannotCreate, "m")
      case "write failed": throw FormatError(.writeFailed, "m")
      case "closed pipe": throw FormatError(.closedPipe, "m")
      case "command": throw CommandError(.usage, "m")
      case "usage": throw ValidationError("m")
      case "unknown": throw Unknown()
      default: break
      }
    }

    struct Unknown: Error {}
  }

  @Test(
    "every failure has the status of its kind",
    arguments: [
      ("nothing", 0), ("closed pipe", 0), ("command", 64), ("usage", 64), ("malformed", 65), ("unreadable", 66),
      ("unsupported", 69), ("unknown", 70), ("cannot create", 73), ("write failed", 74),
    ] as [(String, Int32)])
  func statuses(how: String, status: Int32) throws {
    let command = try Failing.parse(["--how", how])
    do {
      try command.run()
      #expect(status == 0)
    } catch {
      #expect(Failing.exitCode(for: error).rawValue == status)
    }
  }

  @Test("the statuses are those of the contract")
  func values() { #expect(ExitStatus.allCases.map(\.rawValue) == [0, 64, 65, 66, 69, 70, 73, 74]) }

  @Test("options that make no sense are usage errors", arguments: [["--threads", "0"], ["--quiet", "--verbose"]])
  func usage(arguments: [String]) {
    do {
      _ = try Failing.parse(["--how", "nothing"] + arguments)
      Issue.record("the arguments were accepted")
    } catch {
      #expect(Failing.exitCode(for: error) == .validationFailure)
    }
  }
}

@Suite("Durations")
struct DurationTests {
  @Test(arguments: [(Duration.milliseconds(1254), "1.25 s"), (.seconds(3), "3.0 s"), (.zero, "0.0 s")])
  func text(duration: Duration, text: String) { #expect(duration.inSeconds == text) }
}

@Suite("Provenance")
struct ProvenanceTests {
  @Test("of a network's path the last component is kept, of a scan's nothing")
  func paths() {
    var record = OptionRecord()
    record.add("--for", network: "/home/someone/Doe^John/net.onnx")
    record.add("--model", network: nil)
    record.add("--reference", scan: "/home/someone/DOE_JOHN.nii.gz")
    record.add("--other-reference", scan: nil)
    record.add("--spacing", "3,3,3")
    record.add("--series", nil)
    record.add(flag: "--strict", true)
    record.add(flag: "--other", false)
    #expect(record.options == ["--for net.onnx", "--reference", "--spacing 3,3,3", "--strict"])
  }

  @Test("a record is appended unless --no-provenance is given", arguments: [true, false])
  func record(leftOut: Bool) throws {
    var header = StreamHeader(channels: [])
    let common = try CommonOptions.parse(leftOut ? ["--no-provenance"] : [])
    header.record("explain", OptionRecord(), notes: ["n"], common: common)
    #expect(header.provenance.map(\.command) == (leftOut ? [] : ["explain"]))
  }

  @Test("digests are SHA-256 of the stored bytes")
  func digest() throws {
    // FIPS 180-2, appendix B.1.
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(Digest.sha256(Array("abc".utf8)) == expected)
    let folder = try TemporaryDirectory()
    #expect(try Digest.sha256(path: folder.write(Array("abc".utf8), as: "a")) == expected)
    let sink = try ByteSink(path: folder.path("a.gz"))
    try sink.write([1, 2, 3])
    try sink.finish()
    let stored = try ByteSource(path: folder.path("a.gz"), decompressing: false).rest(upTo: 1000, of: "it")
    #expect(try Digest.sha256(path: folder.path("a.gz")) == Digest.sha256(stored))
  }
}
