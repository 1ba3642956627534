import Foundation
import Testing
import VoxFormats
import VoxGrid
import VoxStream
import _VoxTestSupport

/// The three commands together, as a user types them.
@Suite("the pipe")
struct PipelineTests {
  private static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "../..").standardized
  private static let phantom = root.appending(path: "Samples/phantom/ct").path(percentEncoded: false)
  private static let truth = root.appending(path: "Samples/phantom/labels.nii.gz").path(percentEncoded: false)
  private static let network = root.appending(path: "Samples/abdomen/abdomen.onnx").path(percentEncoded: false)
  private static let ct = "ct/totalsegmentator/example_ct_dicom"

  private let folder: TemporaryDirectory
  private let commands: [String: String]

  init() throws {
    folder = try TemporaryDirectory()
    commands = Dictionary(
      uniqueKeysWithValues: try ["ctx2nii", "explain", "overlay"].map { ($0, try BuiltCommand($0).path) })
  }

  /// Runs a line of shell in the folder; `ctx2nii`, `explain` and `overlay` are the built commands.
  private func shell(_ line: String) throws -> BuiltCommand.Outcome {
    let functions = commands.sorted { $0.key < $1.key }.map { "\($0.key)() { \"\($0.value)\" \"$@\"; }" }
    return try BuiltCommand.shell.run(
      ["-c", (["set -o pipefail"] + functions + [line]).joined(separator: "\n")], in: folder.url)
  }

  /// Everything in a directory of the folder.
  private func names(_ directory: String) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder.path(directory)))
  }

  private func volume(_ name: String) throws -> AnyVolume {
    try NIfTIFormat.read(ByteSource(path: folder.path(name))).volume
  }

  /// Twice the common voxels over all voxels of a label.
  private func dice(_ label: Int32, _ a: LabelMap, _ b: LabelMap) -> Double {
    let common = zip(a.voxels, b.voxels).count { $0 == label && $1 == label }
    let all = a.voxels.count { $0 == label } + b.voxels.count { $0 == label }
    return 2 * Double(common) / Double(all)
  }

  private static let results = [
    "image.nii.gz", "labels.ctbl", "labels.itksnap.txt", "labels.labels.csv", "labels.nii.gz", "labels.seg.nrrd",
    "matrix.csv",
    "statistics.csv",
  ]

  @Test("the sample series, with its network named and with the embedded one")
  func phantomSeries() throws {
    let named = try shell(
      "ctx2nii '\(Self.phantom)' --for '\(Self.network)' | explain --model '\(Self.network)' --target liver "
        + "| overlay -o named --reference '\(Self.phantom)'")
    #expect(named.status == 0, "\(named.standardError)")
    #expect(named.standardOutput.isEmpty)
    let bare = try shell("ctx2nii '\(Self.phantom)' | explain --target liver | overlay")
    #expect(bare.status == 0, "\(bare.standardError)")
    #expect(bare.standardError.contains("the sample network of this build"))

    let expected = Set(Self.results + ["attribution_liver.nii.gz", "montage_liver.png"])
    #expect(try names("voxplain-out") == expected)
    #expect(try names("named") == expected.union(["sc_liver"]))
    #expect(try names("named/sc_liver").count == 64)

    // Resampling before or inside explain is the same.
    for name in ["image.nii.gz", "labels.nii.gz", "attribution_liver.nii.gz"] {
      let (a, b) = (try volume("named/\(name)").float, try volume("voxplain-out/\(name)").float)
      #expect(a.grid.isClose(to: b.grid))
      #expect(a.voxels == b.voxels, "\(name)")
    }

    // The network segments: its labels are those of the phantom, on the network's grid.
    let labels = try #require(try volume("named/labels.nii.gz").labels)
    let truth = try #require(try NIfTIFormat.read(ByteSource(path: Self.truth)).volume.labels)
      .reoriented(to: .ras).resampledNearest(onto: labels.grid, fill: 0)
    for (label, least) in [(1, 0.85), (2, 0.8), (3, 0.85), (5, 0.75)] as [(Int32, Double)] {
      #expect(dice(label, labels, truth) >= least, "label \(label)")
    }
  }

  @Test(
    "an independent validator finds no error in the secondary captures",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/dciodvfy"), "dicom3tools is not installed"))
  func validCaptures() throws {
    let outcome = try shell(
      "ctx2nii '\(Self.phantom)' | explain --target spleen | overlay --reference '\(Self.phantom)' --products sc "
        + "&& for f in voxplain-out/sc_spleen/*.dcm; do dciodvfy $f 2>&1 || true; done "
        + "&& dcentvfy voxplain-out/sc_spleen/*")
    #expect(outcome.status == 0, "\(outcome.standardError)")
    #expect(outcome.text.contains("SCImage"))
    #expect(!outcome.text.contains("Error"), "\(outcome.text.prefix(2000))")
  }

  @Test("plain files instead of pipes give the same bytes")
  func plainFiles() throws {
    let piped = try shell(
      "ctx2nii '\(Self.phantom)' | explain --target spleen --no-provenance > piped.nii")
    #expect(piped.status == 0, "\(piped.standardError)")
    let filed = try shell(
      "ctx2nii '\(Self.phantom)' -o scan.nii && explain scan.nii --target spleen --no-provenance -o filed.nii "
        + "&& ctx2nii '\(Self.phantom)' -o scan.nii.gz "
        + "&& explain scan.nii.gz --target spleen --no-provenance -o gz.nii "
        + "&& overlay filed.nii -o out --products labels,stats")
    #expect(filed.status == 0, "\(filed.standardError)")
    func voxels(_ name: String) throws -> [[Float]] {
      let reader = try StreamReader(ByteSource(path: folder.path(name)))
      var channels: [[Float]] = []
      while let channel = try reader.next() { channels.append(channel.volume.float.voxels) }
      return channels
    }
    let expected = try voxels("piped.nii")
    #expect(expected.count == 3)
    #expect(try voxels("filed.nii") == expected)
    #expect(try voxels("gz.nii") == expected)
    #expect(try names("out") == Set(Self.results).subtracting(["image.nii.gz", "matrix.csv"]))
  }

  @Test("a real CT it has not seen", .enabled(if: SharedData.has(ct), "the real CT of ../shared/data is absent"))
  func realScan() throws {
    let scan = SharedData.path(Self.ct)
    let outcome = try shell(
      "ctx2nii '\(scan)' --for '\(Self.network)' | explain --model '\(Self.network)' --target liver "
        + "| overlay -o out --reference '\(scan)'")
    #expect(outcome.status == 0, "\(outcome.standardError)")
    // Its UIDs are empty: one is made for all captures, and said.
    #expect(outcome.standardError.contains("the source has no Study Instance UID"))
    #expect(try names("out/sc_liver").count == 20)

    // Labels of TotalSegmentator: liver 5, spleen 1, vertebrae 26 to 50.
    let labels = try #require(try volume("out/labels.nii.gz").labels)
    let reference = try NIfTIFormat.read(
      ByteSource(path: SharedData.path("ct/totalsegmentator/example_seg_dicom.nii.gz")))
    let organs = try #require(reference.volume.labels).reoriented(to: .ras)
    let truth = try organs.map { value -> Int32 in
      switch value {
      case 5: 1
      case 1: 2
      case 26...50: 5
      default: 0
      }
    }.resampledNearest(onto: labels.grid, fill: 0)
    #expect(dice(1, labels, truth) >= 0.85, "liver")
    #expect(dice(2, labels, truth) >= 0.6, "spleen")
    #expect(dice(5, labels, truth) >= 0.55, "vertebrae")

    // The liver is explained by the liver more than by any other organ.
    let matrix = try String(contentsOfFile: folder.path("out/matrix.csv"), encoding: .utf8)
    let masses = matrix.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
      .filter { $0[1] != "background" }
    let best = masses.max { (Double($0[2]) ?? 0) < (Double($1[2]) ?? 0) }
    #expect(best?[1] == "liver")
  }

  /// What goes wrong, the status of the pipe, and what the message says.
  struct Failure: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let line: String
    let status: Int32
    let message: String
  }

  private static let failures = [
    Failure(
      testDescription: "a truncated stream",
      line: "ctx2nii '\(phantom)' | head -c 100000 | explain --target liver -o out.nii", status: 65,
      message: "expected"),
    Failure(
      testDescription: "a truncated stream of results",
      line: "ctx2nii '\(phantom)' | explain --target liver | head -c 1000000 | overlay -o out", status: 65,
      message: "expected"),
    Failure(
      testDescription: "a missing model", line: "ctx2nii '\(phantom)' | explain --model nowhere.onnx -o out.nii",
      status: 66, message: "nowhere.onnx"),
    Failure(
      testDescription: "a scan on another grid with --strict",
      line: "ctx2nii '\(phantom)' | explain --strict -o out.nii", status: 65, message: "--for"),
    Failure(
      testDescription: "a missing scan", line: "ctx2nii nowhere -o out.nii", status: 66, message: "nowhere"),
    Failure(
      testDescription: "an unknown target", line: "ctx2nii '\(phantom)' | explain --target heart -o out.nii",
      status: 64, message: "liver"),
  ]

  @Test("failures have their status, say what to do and leave nothing", arguments: failures)
  func failure(_ failure: Failure) throws {
    // The last command decides, as in a plain shell.
    let outcome = try shell("set +o pipefail\n" + failure.line)
    #expect(outcome.status == failure.status, "\(outcome.standardError)")
    #expect(outcome.standardError.contains(failure.message), "\(outcome.standardError)")
    #expect(outcome.standardOutput.isEmpty)
    #expect(try folder.names == [], "left something behind")
  }

  @Test("a reader that goes away ends every writer quietly")
  func closedPipe() throws {
    let outcome = try shell(
      "ctx2nii '\(Self.phantom)' | explain --target liver --quiet | head -c 1000 | wc -c; echo ${PIPESTATUS[@]}")
    #expect(outcome.text.split(whereSeparator: \.isWhitespace) == ["1000", "0", "0", "0", "0"])
    #expect(outcome.standardError.isEmpty, "\(outcome.standardError)")
  }
}
