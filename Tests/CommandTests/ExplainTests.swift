import Foundation
import Testing
import VoxFormats
import VoxGrid
import VoxStream
import _VoxTestSupport

/// The command with the sample network, on a small scan that fits one window.
@Suite("explain")
struct ExplainTests {
  private let command: BuiltCommand
  private let folder: TemporaryDirectory
  /// A scan on the sample network's grid.
  private let scan: String

  private static let grid = Grid(
    dimensions: [18, 14, 10], affine: Affine(spacing: [3, 3, 3], origin: [-20, -15, 5]))
  /// A ball of soft tissue in air.
  private static let image = Volume<Int16>(
    grid: grid,
    voxels: (0..<grid.count).map { offset in
      let p = SIMD3<Double>(grid.index(offset)) - [8.5, 6.5, 4.5]
      return p.dot(p) < 30 ? Int16(90 + offset * 37 % 40) : -1000
    })

  private static let samples = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "../../Samples/abdomen").standardized
  private static var network: String { samples.appending(path: "abdomen.onnx").path(percentEncoded: false) }
  /// A network of a few nodes, by its file's name.
  private static func golden(_ name: String) -> String {
    samples.appending(path: "../../Tests/Golden/onnx/\(name)").standardized.path(percentEncoded: false)
  }

  init() throws {
    command = try BuiltCommand("explain")
    folder = try TemporaryDirectory()
    scan = folder.path("scan.nii")
    try NIfTIFormat.write(ScanImage(volume: .int16(Self.image)), to: ByteSink(path: scan))
  }

  private struct Result {
    let header: StreamHeader
    let volumes: [AnyVolume]
    let messages: String
  }

  /// Runs the command and reads the stream it wrote to standard output.
  private func explain(_ arguments: String..., input: String? = nil) throws -> Result {
    let outcome = try command.run([input ?? scan] + arguments)
    #expect(outcome.status == 0, "\(outcome.standardError)")
    let reader = try StreamReader(ByteSource(outcome.standardOutput))
    var volumes: [AnyVolume] = []
    while let channel = try reader.next() { volumes.append(channel.volume) }
    return Result(header: reader.header, volumes: volumes, messages: outcome.standardError)
  }

  // MARK: The stream

  @Test("image, labels and one attribution per target, in the order asked for")
  func channels() throws {
    let result = try explain("--target", "liver,0")
    #expect(result.header.channels.map(\.name) == ["image", "labels", "liver", "background"])
    #expect(result.header.channels.map(\.role) == [.image, .labels, .attribution, .attribution])
    #expect(result.header.channels.map(\.target) == [nil, nil, 1, 0])
    #expect(result.header.channels.map(\.method) == [nil, nil, "gradient", "gradient"])
    #expect(result.volumes.map(\.type) == [.float32, .float32, .float32, .float32])
    #expect(result.volumes[0].float.voxels == Self.image.voxels.map(Float.init))
    #expect(result.volumes[0].grid.isClose(to: Self.grid))
    #expect(result.header.labels[1]?.name == "liver")
    let labels = try #require(result.volumes[1].labels)
    #expect(labels.voxels.allSatisfy { (0...7).contains($0) })
    #expect(result.volumes[3].float.voxels.contains { $0 != 0 })
    #expect(result.header.model?.name == "abdomen")
    #expect(result.header.model?.sha256.count == 64)
    #expect(result.messages.contains("the sample network of this build"))
  }

  @Test("present explains every predicted label but background, all every label")
  func selection() throws {
    let present = try explain("--threads", "1")
    let labels = Set(try #require(present.volumes[1].labels).voxels).subtracting([0]).sorted()
    #expect(present.header.channels.dropFirst(2).map(\.target) == labels.map { Int($0) })
    let all = try explain("--target", "all")
    #expect(all.header.channels.dropFirst(2).map(\.target) == Array(0...7))
  }

  @Test("the matrix is that of labels and attributions", arguments: ["blended", "agg2exp"])
  func matrix(stitch: String) throws {
    let result = try explain("--target", "background", "--stitch", stitch)
    let labels = try #require(result.volumes[1].labels).voxels
    let attribution = result.volumes[2].float.voxels.map(Double.init)
    let total = attribution.reduce(0) { $0 + abs($1) }
    let rows = try #require(result.header.matrix)
    #expect(rows.map(\.region) == Set(labels).sorted().map { Int($0) })
    for row in rows {
      let inside = zip(attribution, labels).filter { $0.1 == row.region }.map(\.0)
      let mass = inside.reduce(0) { $0 + abs($1) }
      #expect(abs(row.mass - mass / total) < 1e-9)
      #expect(abs(row.mean - mass / Double(inside.count)) < 1e-9 * row.mean)
    }
  }

  @Test("provenance states the options in effect, defaults included")
  func provenance() throws {
    let result = try explain("--target", "liver", "--method", "sg", "--samples", "2")
    let record = try #require(result.header.provenance.last)
    #expect(record.command == "explain")
    for option in [
      "--model sample network", "--roi 80,80,16", "--blend gaussian", "--method smoothgrad", "--samples 2",
      "--noise 0.1", "--seed 0", "--target liver", "--stitch blended",
    ] {
      #expect(record.options.contains(option))
    }
    #expect(try explain("--target", "liver", "--no-provenance").header.provenance.isEmpty)
  }

  @Test("integrated gradients say how far their sum is off")
  func completeness() throws {
    let result = try explain("--target", "background", "--method", "ig", "--steps", "2")
    #expect(result.messages.contains("background: attributions add up to"))
    let note = try #require(result.header.provenance.last?.notes.first)
    #expect(note.contains("background: attributions add up to"))
  }

  @Test("results do not depend on the number of threads beyond rounding")
  func threads() throws {
    let (one, two) = (try explain("--target", "0", "--threads", "1"), try explain("--target", "0", "--threads", "2"))
    #expect(one.volumes[1].labels?.voxels == two.volumes[1].labels?.voxels)
    let scale = one.volumes[2].float.voxels.map(abs).max() ?? 0
    for (a, b) in zip(one.volumes[2].float.voxels, two.volumes[2].float.voxels) { #expect(abs(a - b) <= 1e-3 * scale) }
  }

  @Test("--no-maps leaves the matrix")
  func noMaps() throws {
    let result = try explain("--target", "background", "--no-maps")
    #expect(result.header.channels.map(\.name) == ["image", "labels"])
    #expect(result.header.matrix?.isEmpty == false)
  }

  @Test("--matrix writes a case file or a table named after the case", arguments: ["json", "csv"])
  func matrixFile(type: String) throws {
    let path = folder.path("case07.\(type)")
    _ = try explain("--target", "background", "--matrix", path, "--no-maps")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(type == "json" ? text.contains("\"case\" : \"case07\"") : text.hasPrefix("target,region,mass,mean,"))
    #expect(text.contains("background"))
  }

  // MARK: Grid

  @Test("a scan on another grid is moved to the model's")
  func otherGrid() throws {
    let fine = try Self.image.map(Float.init).resampled(
      onto: Self.grid.respaced(to: [2, 2.5, 4]).reoriented(to: .lps), fill: -1000)
    let path = folder.path("fine.nii.gz")
    try NIfTIFormat.write(ScanImage(volume: .float32(fine)), to: ByteSink(path: path))
    let result = try explain("--target", "liver", input: path)
    let turned = fine.reoriented(to: .ras)
    let grid = turned.grid.respaced(to: [3, 3, 3])
    let expected = try turned.resampled(onto: grid, fill: -1000)
    #expect(result.volumes[0].grid.isClose(to: grid))
    for (found, value) in zip(result.volumes[0].float.voxels, expected.voxels) { #expect(abs(found - value) < 0.01) }
    #expect(result.messages.contains("moved to the model's grid"))

    let strict = try command.run([path, "--strict"])
    #expect(strict.status == 65)
    #expect(strict.standardOutput.isEmpty)
    #expect(strict.standardError.contains("ctx2nii --for"))
  }

  @Test("what ctx2nii --for writes is on the model's grid")
  func strict() throws {
    let grid = Grid(dimensions: [18, 14, 10], affine: Affine(spacing: [3.002, 2.9985, 3.01]))
    let path = folder.path("near.nii")
    let volume = Volume(grid: grid, voxels: Self.image.voxels)
    try NIfTIFormat.write(ScanImage(volume: .int16(volume)), to: ByteSink(path: path))
    let moved = try BuiltCommand("ctx2nii").run([path, "--for", Self.network])
    #expect(moved.status == 0, "\(moved.standardError)")
    let outcome = try command.run(["--strict", "--target", "liver"], input: moved.standardOutput)
    #expect(outcome.status == 0, "\(outcome.standardError)")
  }

  @Test("a voxel that is no finite number is refused and named", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) throws {
    var image = Self.image.map(Float.init)
    image[3, 2, 1] = value
    image[4, 5, 6] = value
    let path = folder.path("holes.nii")
    try NIfTIFormat.write(ScanImage(volume: .float32(image)), to: ByteSink(path: path))
    let outcome = try command.run([path])
    #expect(outcome.status == 65)
    #expect(outcome.standardOutput.isEmpty)
    #expect(outcome.standardError.contains("found \(value) in voxel (3, 2, 1)"), "\(outcome.standardError)")
  }

  // MARK: Networks

  @Test("--output-name chooses among the outputs of a network")
  func outputName() throws {
    let network = Self.golden("two_outputs.onnx")
    let logits = try explain("--model", network, "--output-name", "logits", "--target", "1")
    let labels = try #require(logits.volumes[1].labels).voxels
    #expect(labels == Self.image.voxels.map { $0 > 0 ? 1 : 0 })
    for (found, label) in zip(logits.volumes[2].float.voxels, labels) { #expect(abs(found - 2 * Float(label)) < 1e-5) }
    // The softmax of logits so far apart is flat.
    let probabilities = try explain("--model", network, "--target", "1")
    #expect(probabilities.volumes[1].labels?.voxels == labels)
    #expect(probabilities.volumes[2].float.voxels.allSatisfy { abs($0) < 1e-6 })
    let unknown = try command.run([scan, "--model", network, "--output-name", "nothing"])
    #expect(unknown.status == 64)
    #expect(unknown.standardError.contains("expected one of probabilities, logits, found nothing"))
  }

  @Test("--channel gives a network of several images the further ones, each with its own attribution")
  func severalImages() throws {
    let network = Self.golden("two_images.onnx")
    // The same place in another order of voxels.
    let second = Self.image.map { Float($0) / 4 }.reoriented(to: .lps)
    let path = folder.path("t2.nii")
    try NIfTIFormat.write(ScanImage(volume: .float32(second)), to: ByteSink(path: path))
    let result = try explain("--model", network, "--channel", path, "--target", "1")
    #expect(result.header.channels.map(\.name) == ["image", "labels", "tumour", "tumour"])
    #expect(result.header.channels.map(\.input) == [nil, nil, "T1", "T2"])
    let voxels = Self.image.voxels.map(Float.init)
    #expect(result.volumes[0].float.voxels == voxels)
    // 2 x - 3 (x / 4) / 2 > 1 where x is positive.
    let labels = try #require(result.volumes[1].labels).voxels
    #expect(labels == voxels.map { $0 > 0 ? 1 : 0 })
    for (input, slope) in [(2, Float(2)), (3, -3)] {
      #expect(zip(result.volumes[input].float.voxels, labels).allSatisfy { abs($0 - slope * Float($1)) < 1e-5 })
    }
    let matrix = try #require(result.header.matrix)
    #expect(matrix.map(\.region) == [0, 1])
    #expect(abs(matrix[1].mean - 5) < 1e-5 && abs(matrix[1].mass - 1) < 1e-12)
    #expect(matrix[1].negative < 0 && matrix[1].positive > 0)
    #expect(result.messages.contains("moved to the grid of the first"))
    #expect(result.header.provenance.last?.options.contains("--channel") == true)
    #expect(result.header.provenance.last?.options.contains { $0.contains("t2") } == false)
  }

  @Test("a further image whose place differs by rounding is taken as it is")
  func roundedPlace() throws {
    var second = Self.image
    second.grid.affine.t += [2e-4, -2e-4, 2e-4]
    let path = folder.path("rounded.nii")
    try NIfTIFormat.write(ScanImage(volume: .int16(second)), to: ByteSink(path: path))
    let arguments = ["--model", Self.golden("two_images.onnx"), "--target", "1", "--method", "ig", "--strict"]
    let runs = try [path, scan].map { further in
      try command.run([scan, "--channel", further, "--no-provenance"] + arguments)
    }
    #expect(runs[0].status == 0 && runs[0].standardOutput == runs[1].standardOutput)
  }

  @Test("integrated gradients of several images add up to the change of the score")
  func completenessOfSeveralImages() throws {
    let result = try explain(
      "--model", Self.golden("two_images.onnx"), "--channel", scan, "--target", "1", "--method", "ig", "--steps", "2",
      "--no-maps")
    #expect(result.messages.contains("off by 0.0 %"))
    #expect(result.header.channels.count == 2)
  }

  @Test("--model and VOXPLAIN_MODEL name a file")
  func namedNetwork() throws {
    let option = try explain("--target", "liver", "--model", Self.network)
    #expect(option.messages.contains("abdomen.onnx (--model)"))
    let variable = try command.run([scan, "--target", "liver"], environment: ["VOXPLAIN_MODEL": Self.network])
    #expect(variable.status == 0)
    #expect(variable.standardError.contains("abdomen.onnx (VOXPLAIN_MODEL)"))
  }

  @Test("--check prints the card; one to start from where there is none")
  func check() throws {
    let sample = try command.run(["--check"])
    #expect(sample.status == 0)
    #expect(sample.text.contains("\"orientation\" : \"RAS\""))
    #expect(sample.standardError.contains("GFLOP"))
    let bare = folder.path("bare.onnx")
    try FileManager.default.copyItem(atPath: Self.network, toPath: bare)
    let outcome = try command.run(["--check", "--model", bare])
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("\"name\" : \"label 7\""))
    #expect(outcome.standardError.contains("bare.json"))
    let run = try command.run([scan, "--model", bare])
    #expect(run.status == 66)
    #expect(run.standardError.contains("explain --check --model"))
  }

  @Test("a card to start from has what the file states: classes, a window that fits, probabilities")
  func inferredCard() throws {
    let network = Self.golden("without_card.onnx")
    for (output, activation) in [("probabilities", "none"), ("logits", "softmax")] {
      let outcome = try command.run(["--check", "--model", network, "--output-name", output])
      #expect(outcome.status == 0)
      let json = try JSONSerialization.jsonObject(with: Data(outcome.standardOutput))
      let card = try #require(json as? [String: Any])
      #expect(card["activation"] as? String == activation)
      #expect(card["roi"] as? [Int] == [96, 96, 96])
      let labels = try #require(card["labels"] as? [[String: Any]])
      #expect(labels.map { $0["name"] as? String } == ["background", "label 1"])
      #expect(outcome.standardError.contains("window 96x96x96"))
    }
  }

  @Test("--list-methods prints a table")
  func methods() throws {
    let lines = try command.run(["--list-methods"]).text.split(separator: "\n")
    #expect(lines.first == "name\tshort_name\tsummary\toptions\treference\turl")
    #expect(lines.dropFirst().map { $0.split(separator: "\t")[1] } == ["vg", "sg", "ig"])
  }

  // MARK: Failures

  struct Failure: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let arguments: [String]
    let status: Int32
    let message: String
  }

  @Test(arguments: [
    Failure(
      testDescription: "unknown target", arguments: ["SCAN", "--target", "heart"], status: 64,
      message: "found \"heart\""),
    Failure(
      testDescription: "target named twice", arguments: ["SCAN", "--target", "1,liver"], status: 64,
      message: "each label once"),
    Failure(
      testDescription: "unknown method", arguments: ["SCAN", "--method", "magic"], status: 64, message: "integrated"),
    Failure(
      testDescription: "baseline below zero", arguments: ["missing.nii", "--method", "ig", "--baseline", "-1"],
      status: 66, message: "missing.nii"),
    Failure(
      testDescription: "option of another method", arguments: ["SCAN", "--steps", "3"], status: 64,
      message: "gradient takes no options"),
    Failure(
      testDescription: "window the network does not take", arguments: ["SCAN", "--roi", "81"], status: 64,
      message: "--roi"),
    Failure(
      testDescription: "matrix of an unknown type", arguments: ["SCAN", "--matrix", "m.txt"], status: 64,
      message: ".json or .csv"),
    Failure(
      testDescription: "fewer images than the network reads", arguments: ["SCAN", "--model", "PAIR"], status: 64,
      message: "the network reads 2 images (T1, T2), found 1"),
    Failure(
      testDescription: "more images than the network reads", arguments: ["SCAN", "--channel", "SCAN"], status: 64,
      message: "the network reads 1 image, found 2"),
    Failure(
      testDescription: "missing further image", arguments: ["SCAN", "--model", "PAIR", "--channel", "missing.nii"],
      status: 66, message: "missing.nii"),
    Failure(
      testDescription: "further image elsewhere", arguments: ["SCAN", "--model", "PAIR", "--channel", "ELSEWHERE"],
      status: 65, message: "no voxel in common"),
    Failure(
      testDescription: "further image on another grid",
      arguments: ["SCAN", "--model", "PAIR", "--channel", "TURNED", "--strict"], status: 65,
      message: "expected the grid"),
    Failure(
      testDescription: "further image of several volumes",
      arguments: ["SCAN", "--model", "PAIR", "--channel", "VOLUMES"], status: 65,
      message: "found a file of 2 volumes; take one out with ctx2nii --volume N"),
    Failure(
      testDescription: "two images from standard input", arguments: ["-", "--channel", "-"], status: 64,
      message: "standard input holds one image"),
    Failure(testDescription: "missing scan", arguments: ["missing.nii"], status: 66, message: "missing.nii"),
    Failure(
      testDescription: "missing network", arguments: ["SCAN", "--model", "missing.onnx"], status: 66,
      message: "missing.onnx"),
    Failure(
      testDescription: "network that is none", arguments: ["SCAN", "--model", "SCAN"], status: 65, message: "ONNX"),
    Failure(testDescription: "truncated stream", arguments: ["TRUNCATED"], status: 65, message: "truncated"),
    Failure(testDescription: "stream that is none", arguments: ["GARBAGE"], status: 65, message: "garbage.nii"),
    Failure(
      testDescription: "output in a missing folder", arguments: ["SCAN", "-o", "missing/out.nii"], status: 73,
      message: "missing/out.nii"),
    Failure(
      testDescription: "less memory than the least", arguments: ["SCAN", "--memory", "1M"], status: 64,
      message: "needs at least"),
    Failure(
      testDescription: "memory that is no size", arguments: ["SCAN", "--memory", "-3"], status: 64, message: "memory"),
    Failure(
      testDescription: "a precision there is none of", arguments: ["SCAN", "--precision", "f16"], status: 64,
      message: "bf16"),
    Failure(testDescription: "full disk", arguments: ["SCAN", "-o", "/dev/full"], status: 74, message: "/dev/full"),
  ])
  func fails(_ failure: Failure) throws {
    let whole = try Data(contentsOf: URL(filePath: scan))
    let truncated = try folder.write(Array(whole.dropLast(100)), as: "truncated.nii")
    let garbage = try folder.write(Array("not an image".utf8), as: "garbage.nii")
    var away = Self.image
    away.grid.affine.t += [500, 0, 0]
    for (name, image) in [("elsewhere.nii", away), ("turned.nii", Self.image.reoriented(to: .lps))] {
      try NIfTIFormat.write(ScanImage(volume: .int16(image)), to: ByteSink(path: folder.path(name)))
    }
    let volumes = try NIfTIWriter(
      NIfTIHeader(grid: Self.grid, volumes: 2, type: .int16), to: ByteSink(path: folder.path("volumes.nii")))
    for _ in 0..<2 { try volumes.write(.int16(Self.image)) }
    try volumes.finish()
    let places = [
      "VOLUMES": folder.path("volumes.nii"), "SCAN": scan, "TRUNCATED": truncated, "GARBAGE": garbage,
      "PAIR": Self.golden("two_images.onnx"),
      "ELSEWHERE": folder.path("elsewhere.nii"), "TURNED": folder.path("turned.nii"),
    ]
    let before = try folder.names
    let output = failure.arguments.contains("-o") ? [] : ["-o", folder.path("out.nii")]
    let outcome = try command.run(failure.arguments.map { places[$0] ?? $0 } + output, in: folder.url)
    #expect(outcome.status == failure.status)
    #expect(outcome.standardError.contains(failure.message), "\(outcome.standardError)")
    #expect(outcome.standardOutput.isEmpty)
    #expect(try folder.names == before)
  }

  @Test("a reader that goes early ends the command quietly")
  func closedPipe() throws {
    let outcome = try BuiltCommand.shell.run([
      "-c", "set -o pipefail; \"$0\" \"$1\" --quiet --target all | head -c 10 > /dev/null", command.path, scan,
    ])
    #expect(outcome.status == 0)
    #expect(outcome.standardError.isEmpty)
  }
}
