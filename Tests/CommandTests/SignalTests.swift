import Foundation
import Testing
import VoxFormats
import VoxGrid
import VoxStream
import _VoxTestSupport

@Suite("Signals")
struct SignalTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  /// A process waiting on standard input, which is closed at the end.
  private func start(_ name: String, _ arguments: [String], input: [UInt8] = []) throws -> (Process, FileHandle) {
    let process = Process()
    process.executableURL = URL(filePath: try BuiltCommand(name).path)
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    let pipe = Foundation.Pipe()
    process.standardInput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    try pipe.fileHandleForWriting.write(contentsOf: Data(input))
    return (process, pipe.fileHandleForWriting)
  }

  /// Waits until something hidden appears in a directory.
  private func waitForStaging(in directory: String = "") async throws -> Bool {
    for _ in 0..<1000 {
      let path = directory.isEmpty ? folder.folder : folder.path(directory)
      let names = try FileManager.default.contentsOfDirectory(atPath: path)
      if names.contains(where: { $0.hasSuffix(".partial") }) { return true }
      try await Task.sleep(for: .milliseconds(10))
    }
    return false
  }

  /// The header of a stream of an image and its labels, and the image.
  private static func beginning() throws -> [UInt8] {
    let grid = Grid(dimensions: [8, 8, 8], affine: .identity)
    let sink = try ByteSink()
    let header = StreamHeader(channels: [.init(name: "image", role: .image), .init(name: "labels", role: .labels)])
    let writer = try StreamWriter(header, grid: grid, to: sink)
    try writer.write(Volume<Float>(grid: grid, repeating: 1))
    return sink.contents
  }

  @Test("a signal ends a command by that signal and leaves no hidden file", arguments: [SIGINT, SIGTERM, SIGHUP])
  func file(signal: Int32) async throws {
    let (process, input) = try start("ctx2nii", ["-o", "out.nii"])
    #expect(try await waitForStaging())
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    try input.close()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(process.terminationStatus == signal)
    #expect(try folder.names == [])
  }

  @Test("nor a hidden directory, beside a new one or in one that exists", arguments: [false, true])
  func directory(exists: Bool) async throws {
    if exists { _ = try folder.write([9], as: "out/keep.txt") }
    let (process, input) = try start("overlay", ["-o", "out"], input: Self.beginning())
    #expect(try await waitForStaging(in: exists ? "out" : ""))
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
    try input.close()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(try folder.names == (exists ? ["out"] : []))
    if exists { #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("out")) == ["keep.txt"]) }
  }

  @Test("a signal ignored from the start stays ignored")
  func ignored() async throws {
    let ctx2nii = try BuiltCommand("ctx2nii").path
    let script = "trap '' HUP; sleep 3 | '\(ctx2nii)' -o out.nii & p=$!; "
      + "for i in $(seq 100); do ls -A | grep -q partial && break; sleep 0.02; done; kill -HUP $p; wait $p"
    let outcome = try BuiltCommand.shell.run(["-c", script], in: folder.url)
    #expect(outcome.status == 65, "\(outcome.standardError)")
    #expect(try folder.names == [])
  }

  @Test("overlay writes into the directory it stands in, and into one a link leads to", arguments: [".", "./", "link"])
  func existingDirectory(name: String) throws {
    try FileManager.default.createDirectory(atPath: folder.path("work"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: folder.path("work/link"), withDestinationPath: ".")
    let bytes = try Self.beginning() + [UInt8](repeating: 0, count: 8 * 8 * 8 * 4)
    let outcome = try BuiltCommand("overlay").run(
      ["-o", name, "--products", "labels"], input: bytes, in: folder.url.appending(path: "work"))
    #expect(outcome.status == 0, "\(outcome.standardError)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("work"))
    #expect(names.contains("labels.nii.gz"))
    #expect(!names.contains { $0.hasSuffix(".partial") })
    #expect(try folder.names == ["work"])
  }

  @Test("an empty output name is a wrong command line", arguments: ["ctx2nii", "overlay", "explain"])
  func emptyName(command: String) throws {
    #expect(try BuiltCommand(command).run(["-o", ""], in: folder.url).status == 64)
    #expect(try folder.names == [])
  }

  @Test("output goes to names of known formats only", arguments: [("ctx2nii", ".mha"), ("explain", ".nii.gz")])
  func outputNames(command: String, known: String) throws {
    let outcome = try BuiltCommand(command).run(["missing.nii", "-o", "y.foo"], in: folder.url)
    #expect(outcome.status == 64)
    #expect(outcome.standardError.contains(known), "\(outcome.standardError)")
  }

  @Test(
    "what is no image says so, by its name or as a file that could be DICOM",
    arguments: [
      ("a.txt", "these are words", "not a known image: expected DICOM, NIfTI, NRRD, MetaImage, found bytes 74 68 65 73"),
      ("a.bin", "", "not a known image: expected DICOM, NIfTI, NRRD, MetaImage, found no bytes at all"),
      ("a.nii", "these are words", "found bytes 74 68 65 73"),
      ("a.hdr", "", "expected a NIfTI header, found no bytes at all"),
    ])
  func noImage(name: String, text: String, message: String) throws {
    let path = try folder.write(Array(text.utf8), as: name)
    let outcome = try BuiltCommand("ctx2nii").run([path])
    #expect(outcome.status == 65)
    #expect(outcome.standardError.contains("\(name)"), "\(outcome.standardError)")
    #expect(outcome.standardError.contains(message), "\(outcome.standardError)")
  }

  @Test("a cut gzip names the file and the uncompressed byte", arguments: [20, 200])
  func cutGzip(length: Int) throws {
    let whole = folder.path("whole.nii.gz")
    let grid = Grid(dimensions: [32, 32, 8], affine: .identity)
    let voxels = (0..<grid.count).map { Int16(truncatingIfNeeded: $0 &* 40503) }
    try NIfTIFormat.write(ScanImage(volume: .int16(Volume(grid: grid, voxels: voxels))), to: ByteSink(path: whole))
    let stored = try ByteSource(path: whole, decompressing: false).bytes(length, of: "it")
    let outcome = try BuiltCommand("ctx2nii").run([try folder.write(stored, as: "cut.nii.gz")])
    #expect(outcome.status == 65)
    #expect(outcome.standardError.contains("cut.nii.gz: byte "), "\(outcome.standardError)")
  }
}
