import Foundation
import Testing
import VoxFormats
import VoxGrid
import VoxStream
import _VoxTestSupport

@Suite("ctx2nii")
struct Ctx2niiTests {
  private let command: BuiltCommand
  private let folder: TemporaryDirectory
  /// An LPS image of 16-bit integers.
  private let scan: String

  private static let grid = Grid(
    dimensions: [12, 10, 8], affine: Affine(x: [-1, 0, 0], y: [0, -1, 0], z: [0, 0, 2], t: [5, 6, -7]))
  private static let volume = Volume<Int16>(
    grid: grid, voxels: (0..<grid.count).map { Int16(truncatingIfNeeded: $0 * 37 % 2000 - 1000) })

  init() throws {
    command = try BuiltCommand("ctx2nii")
    folder = try TemporaryDirectory()
    scan = folder.path("scan.nii.gz")
    try NIfTIFormat.write(ScanImage(volume: .int16(Self.volume)), to: ByteSink(path: scan))
  }

  /// Runs the command and reads what it wrote to standard output.
  private func convert(_ arguments: String...) throws -> (header: StreamHeader, volume: AnyVolume) {
    let outcome = try command.run([scan] + arguments)
    #expect(outcome.status == 0, "\(outcome.standardError)")
    let reader = try StreamReader(ByteSource(outcome.standardOutput))
    #expect(!reader.isPlain)
    return (reader.header, try #require(try reader.next()).volume)
  }

  // MARK: Grid

  @Test("the default is RAS, integers untouched")
  func ras() throws {
    let volume = try convert().volume
    guard case .int16(let found) = volume else {
      Issue.record("expected int16, found \(volume.type)")
      return
    }
    let expected = Self.volume.reoriented(to: .ras)
    #expect(found.voxels == expected.voxels)
    #expect(found.grid.isClose(to: expected.grid))
  }

  @Test("--orient", arguments: ["LPS", "native", "ASR"])
  func orient(codes: String) throws {
    let volume = try convert("--orient", codes).volume
    let expected = Orientation(codes).map { Self.volume.reoriented(to: $0) } ?? Self.volume
    #expect(volume.labels?.voxels == expected.voxels.map(Int32.init))
    #expect(volume.grid.isClose(to: expected.grid))
  }

  @Test("--spacing resamples linearly to floats, or takes the nearest integers")
  func spacing() throws {
    let grid = Self.grid.reoriented(to: .ras).respaced(to: [1.5, 1.5, 3])
    let linear = try convert("--spacing", "1.5,1.5,3").volume
    #expect(linear.type == .float32)
    let expected = try Self.volume.reoriented(to: .ras).map(Float.init).resampled(onto: grid, fill: -1000)
    for (found, value) in zip(linear.float.voxels, expected.voxels) { #expect(abs(found - value) < 0.01) }
    #expect(linear.grid.isClose(to: grid))
    let nearest = try convert("--spacing", "1.5,1.5,3", "--interpolation", "nearest").volume
    #expect(nearest.type == .int16)
    let values = Set(try #require(nearest.labels).voxels)
    #expect(values.isSubset(of: Set(Self.volume.voxels.map(Int32.init))))
  }

  @Test("--reference gives the grid of another image, filled with the minimum outside")
  func reference() throws {
    let grid = Grid(dimensions: [5, 6, 7], affine: Affine(spacing: [3, 3, 3], origin: [-10, -5, -6]))
    let path = folder.path("reference.nii")
    try NIfTIFormat.write(ScanImage(volume: .uint8(Volume(grid: grid, repeating: 0))), to: ByteSink(path: path))
    let volume = try convert("--reference", path).volume
    #expect(volume.grid.isClose(to: grid))
    #expect(volume.float.voxels[0] == Float(Self.volume.voxels.min() ?? 0))
  }

  @Test("provenance does not name the file of --reference")
  func referenceName() throws {
    let path = folder.path("DOE_JOHN.nii")
    try NIfTIFormat.write(ScanImage(volume: .int16(Self.volume)), to: ByteSink(path: path))
    #expect(try convert("--reference", path).header.provenance.map(\.options) == [["--reference"]])
  }

  @Test("--for takes orientation and spacing from the card, values keep their units")
  func network() throws {
    let card = #"{"orientation": "LPS", "spacing": [2, 2, 2], "intensity": [{"step": "clip", "low": 0, "high": 1}]}"#
    _ = try folder.write(Array(card.utf8), as: "net.json")
    let (header, volume) = try convert("--for", folder.path("net.onnx"))
    #expect(volume.grid.isClose(to: Self.grid.respaced(to: [2, 2, 2])))
    #expect((volume.float.voxels.min() ?? 0) < -500)
    #expect(header.provenance.map(\.options) == [["--for net.onnx"]])
  }

  @Test("--for decides as explain does whether a scan is on the grid", arguments: [(3.002, 3, 3.002), (0.05008, 0.05, 0.05)])
  func networkGrid(from: Double, to: Double, expected: Double) throws {
    _ = try folder.write(Array("{\"spacing\": [\(to), \(to), \(to)]}".utf8), as: "net.json")
    let grid = Grid(dimensions: [12, 10, 8], affine: Affine(spacing: [from, from, from]))
    let path = folder.path("spaced.nii")
    let volume = Volume(grid: grid, voxels: Self.volume.voxels)
    try NIfTIFormat.write(ScanImage(volume: .int16(volume)), to: ByteSink(path: path))
    let outcome = try command.run([path, "--for", folder.path("net.onnx")])
    let found = try #require(try StreamReader(ByteSource(outcome.standardOutput)).next()).volume
    #expect((found.grid.spacing - SIMD3(repeating: expected)).length < 1e-6)
    #expect(found.type == (from == expected ? .int16 : .float32))
  }

  // MARK: Values

  @Test("--window clips, --scale maps the window")
  func values() throws {
    let clipped = try convert("--window=-160,240").volume
    #expect(clipped.type == .int16)
    let expected = Self.volume.reoriented(to: .ras).voxels.map { min(max($0, -160), 240) }
    #expect(clipped.labels?.voxels == expected.map(Int32.init))
    let scaled = try convert("--window=-160,240", "--scale", "0,1").volume
    for (found, value) in zip(scaled.float.voxels, expected) { #expect(abs(found - (Float(value) + 160) / 400) < 1e-6) }
  }

  @Test("ranges may begin with a minus sign, as a word of their own or not")
  func negativeRanges() throws {
    let apart = try convert("--window", "-160,240", "--scale", "-1,1").volume
    #expect(apart.float.voxels == (try convert("--window=-160,240", "--scale=-1,1").volume.float.voxels))
    #expect(apart.float.voxels.min() == -1)
  }

  @Test("--window keeps not-a-numbers")
  func notANumber() throws {
    var values = Self.volume.voxels.map(Float.init)
    values[7] = .nan
    let path = folder.path("nan.nii")
    let volume = Volume(grid: Self.grid, voxels: values)
    try NIfTIFormat.write(ScanImage(volume: .float32(volume)), to: ByteSink(path: path))
    let outcome = try command.run([path, "--orient", "native", "--window", "-160,240"])
    let found = try #require(try StreamReader(ByteSource(outcome.standardOutput)).next()).volume.float.voxels
    #expect(found.indices.filter { found[$0].isNaN } == [7])
  }

  @Test("--type converts, and refuses values that do not fit")
  func type() throws {
    #expect(try convert("--type", "float32").volume.type == .float32)
    let outcome = try command.run([scan, "--type", "uint8"])
    #expect(outcome.status == 69)
    #expect(outcome.standardError.contains("does not fit UInt8"))
  }

  @Test("a label map keeps its labels when it is resampled")
  func labels() throws {
    let xml = #"<LabelTable><Label Key="3" Red="1" Green="0" Blue="0">liver</Label></LabelTable>"#
    var header = NIfTIHeader(
      grid: Self.grid, type: .uint8, extensions: [NIfTIExtension(code: 30, bytes: Array(xml.utf8))])
    header.intent = NIfTIHeader.labelIntent
    let bytes = header.encoded + (0..<Self.grid.count).map { UInt8($0 / 200 % 2 * 3) }
    let outcome = try command.run(["--spacing", "1.3"], input: bytes)
    #expect(outcome.status == 0, "\(outcome.standardError)")
    let reader = try StreamReader(ByteSource(outcome.standardOutput))
    #expect(reader.header.channels.map(\.role) == [.labels])
    #expect(reader.header.labels.name(3) == "liver")
    let labels = try #require(try reader.next()).labels()
    #expect(Set(labels.voxels) == [0, 3])
  }

  // MARK: Files and pipes

  @Test("-o writes a whole file, compressed where its name says so", arguments: ["out.nii", "out.nii.gz"])
  func outputFile(name: String) throws {
    let outcome = try command.run([scan, "-o", folder.path(name)])
    #expect(outcome.status == 0 && outcome.standardOutput.isEmpty && outcome.standardError.isEmpty)
    let bytes = try [UInt8](Data(contentsOf: folder.url.appending(path: name)))
    #expect(bytes.starts(with: [0x1f, 0x8b]) == name.hasSuffix(".gz"))
    #expect(try FormatRegistry.read(path: folder.path(name)).volume.grid.dimensions == Self.grid.dimensions)
  }

  @Test("standard input is read, with - and without an operand", arguments: [[], ["-"]])
  func standardInput(operands: [String]) throws {
    let outcome = try command.run(operands, input: [UInt8](Data(contentsOf: URL(filePath: scan))))
    #expect(outcome.status == 0)
    #expect(outcome.standardOutput == (try command.run([scan]).standardOutput))
  }

  @Test("a named pipe is read, as an input and as a reference")
  func namedPipe() throws {
    let script = "\"$0\" <(cat \"$1\") --reference <(cat \"$1\")"
    let outcome = try BuiltCommand.shell.run(["-c", script, command.path, scan])
    #expect(outcome.status == 0, "\(outcome.standardError)")
    #expect(outcome.standardOutput == (try command.run([scan, "--reference", scan]).standardOutput))
    let text = try BuiltCommand.shell.run(["-c", "\"$0\" <(echo words)", command.path])
    #expect(text.status == 65)
    #expect(text.standardError.contains("expected an image (NIfTI, NRRD, MetaImage), found bytes 77 6f"))
  }

  @Test("a reader that goes away ends the command quietly")
  func closedPipe() throws {
    let grid = Grid(dimensions: [200, 200, 20], affine: .identity)
    let large = folder.path("large.nii")
    try NIfTIFormat.write(ScanImage(volume: .int16(Volume(grid: grid, repeating: 0))), to: ByteSink(path: large))
    let outcome = try BuiltCommand.shell.run(
      ["-c", "'\(command.path)' '\(large)' | head -c 10 > /dev/null; exit ${PIPESTATUS[0]}"])
    #expect(outcome.status == 0)
    #expect(outcome.standardError.isEmpty)
  }

  @Test("--no-provenance leaves no record")
  func provenance() throws {
    #expect(try convert().header.provenance.map(\.command) == ["ctx2nii"])
    #expect(try convert("--no-provenance").header.provenance.isEmpty)
  }

  @Test("--list is one line per scan, or JSON")
  func list() throws {
    let table = try command.run([scan, "--list"]).text.split(separator: "\n").map { $0.split(separator: "\t") }
    #expect(table.map { $0[0] } == ["index", "1"])
    #expect(table[1].contains("12x10x8") && table[1].contains("LPS"))
    struct Entry: Decodable { var dimensions: [Int] }
    let json = try command.run([scan, "--list", "--json"])
    #expect(try JSONDecoder().decode([Entry].self, from: Data(json.standardOutput)).map(\.dimensions) == [[12, 10, 8]])
  }

  // MARK: Failures

  struct Failure: CustomTestStringConvertible, Sendable {
    let name: String
    let arguments: [String]
    let status: Int32
    let message: String
    var testDescription: String { name }
  }

  @Test(
    "failures have a status and a message that says what to do, and leave no file",
    arguments: [
      Failure(name: "unknown option", arguments: ["SCAN", "--bogus"], status: 64, message: "--bogus"),
      Failure(name: "json alone", arguments: ["SCAN", "--json"], status: 64, message: "--list"),
      Failure(
        name: "two grids", arguments: ["SCAN", "--for", "n", "--spacing", "1"], status: 64, message: "choose one"),
      Failure(name: "zero spacing", arguments: ["SCAN", "--spacing", "0"], status: 64, message: "--spacing"),
      Failure(name: "tiny spacing", arguments: ["SCAN", "--spacing", "0.001"], status: 64, message: "larger one"),
      Failure(name: "scale alone", arguments: ["SCAN", "--scale", "0,1"], status: 64, message: "--window"),
      Failure(name: "output name", arguments: ["SCAN", "-o", "out.png"], status: 64, message: ".nii.gz"),
      Failure(name: "several scans", arguments: ["SCAN", "SCAN"], status: 64, message: "--series"),
      Failure(name: "no such series", arguments: ["SCAN", "--series", "7"], status: 64, message: "12x10x8"),
      Failure(name: "text", arguments: ["TEXT"], status: 65, message: "DICOM"),
      Failure(name: "missing", arguments: ["missing.nii"], status: 66, message: "missing.nii: cannot be opened"),
      Failure(name: "empty directory", arguments: ["EMPTY"], status: 66, message: "expected a scan"),
      Failure(name: "missing card", arguments: ["SCAN", "--for", "EMPTY/n.onnx"], status: 66, message: "n.onnx"),
      Failure(
        name: "no such folder", arguments: ["SCAN", "-o", "/nowhere/a.nii"], status: 73, message: "/nowhere/a.nii"),
    ])
  func failures(_ example: Failure) throws {
    let text = try folder.write(Array("these are words".utf8), as: "text.txt")
    try FileManager.default.createDirectory(at: folder.url.appending(path: "empty"), withIntermediateDirectories: true)
    let arguments = example.arguments.map {
      $0.replacing("SCAN", with: scan).replacing("TEXT", with: text).replacing("EMPTY", with: folder.path("empty"))
    }
    let before = try folder.names
    let outcome = try command.run(arguments, in: folder.url)
    #expect(outcome.status == example.status, "\(outcome.standardError)")
    #expect(outcome.standardError.contains(example.message), "\(outcome.standardError)")
    #expect(outcome.standardOutput.isEmpty)
    #expect(try folder.names == before)
  }

  @Test("a cut file is malformed and leaves no file")
  func truncatedFile() throws {
    let stream = try command.run([scan]).standardOutput
    let outcome = try command.run(["-o", folder.path("out.nii")], input: Array(stream.dropLast(100)))
    #expect(outcome.status == 65)
    #expect(outcome.standardError.contains("end of the file at byte \(stream.count - 100)"))
    #expect(try folder.names == ["scan.nii.gz"])
  }

  @Test("a cut pipe is malformed, names the bytes expected and found, and leaves no file")
  func truncatedPipe() throws {
    let count = try command.run([scan]).standardOutput.count
    let ctx2nii = "'\(command.path)'"
    let outcome = try BuiltCommand.shell.run(
      ["-c", "\(ctx2nii) '\(scan)' | head -c \(count - 100) | \(ctx2nii) -o '\(folder.path("out.nii"))'"])
    #expect(outcome.status == 65)
    #expect(outcome.standardError.contains("up to byte \(count), found the end at byte \(count - 100)"))
    #expect(try folder.names == ["scan.nii.gz"])
  }

  @Test("a full disk is a failed write", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() throws {
    let outcome = try command.run([scan], output: "/dev/full")
    #expect(outcome.status == 74)
    #expect(outcome.standardError.contains("No space left"))
  }

  @Test(
    "a real DICOM series becomes the grid stated for it",
    .enabled(if: SharedData.has("ct/totalsegmentator"), "needs ../shared/data/ct/totalsegmentator"))
  func dicom() throws {
    let outcome = try command.run([SharedData.path("ct/totalsegmentator/example_ct_dicom")])
    #expect(outcome.status == 0, "\(outcome.standardError)")
    let reader = try StreamReader(ByteSource(outcome.standardOutput))
    let mask = try FormatRegistry.read(path: SharedData.path("ct/totalsegmentator/example_seg_dicom.nii.gz")).volume
    #expect(reader.grid.isClose(to: mask.reoriented(to: .ras).grid, tolerance: 0.01))
    #expect(reader.header.channels.map(\.units) == ["HU"])
    let image = try #require(try reader.next()).volume
    #expect(image.type == .int16)
    // The mask's liver (5) has soft tissue's density, its place being the same.
    let labels = try #require(mask.reoriented(to: .ras).labels)
    let liver = zip(image.float.voxels, labels.voxels).filter { $0.1 == 5 }.map(\.0)
    let mean = liver.reduce(0, +) / Float(liver.count)
    #expect(liver.count > 10_000)
    #expect((40...160).contains(mean), "mean \(mean) HU")
  }
}
