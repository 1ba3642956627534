import Foundation
import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

/// `overlay --statistics-only`, and the formats of tables.
@Suite struct OverlayMeasuringTests {
  private let overlay: BuiltCommand
  private let folder: TemporaryDirectory

  init() throws {
    overlay = try BuiltCommand("overlay")
    folder = try TemporaryDirectory()
  }

  private func write(_ volume: AnyVolume, as name: String) throws -> String {
    let writer = try NIfTIWriter(
      NIfTIHeader(grid: volume.grid, type: volume.type), to: ByteSink(path: folder.path(name)))
    try writer.write(volume)
    try writer.finish()
    return folder.path(name)
  }

  private var image: String { get throws { try write(.float32(SmallCase.image), as: "image.nii.gz") } }
  private var labels: String { get throws { try write(.uint8(SmallCase.labels.map { UInt8($0) }), as: "labels.nii") } }

  private static let columns =
    "label,name,voxels,volume_mm3,mean,sd,min,p05,median,p95,max,centroid_x,centroid_y,centroid_z,surface_mm2,components"
  private static let row = "5,5,120,4320,10.5,1.707825127659933,8,8,10.5,13,13,-3.5,2,-2,"

  @Test("image and labels from files, the table on standard output")
  func csv() throws {
    let outcome = try overlay.run([try image, "--labels", try labels, "--statistics-only"])
    #expect(outcome.status == 0, "\(outcome.standardError)")
    let lines = outcome.text.split(separator: "\n").map(String.init)
    #expect(lines.count == 2 && lines[0] == Self.columns && lines[1].hasPrefix(Self.row))
    #expect(try folder.names == ["image.nii.gz", "labels.nii"])
  }

  @Test("the ending of the output chooses the format, or else --tables does", arguments: ["tsv", "json"])
  func formats(_ format: String) throws {
    let arguments = [try image, "--labels", try labels, "--statistics-only"]
    let text = try overlay.run(arguments + ["--tables", format]).text
    let file = folder.path("table.\(format)")
    #expect(try overlay.run(arguments + ["-o", file]).status == 0)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
    if format == "tsv" {
      #expect(text.hasPrefix(Self.columns.replacing(",", with: "\t") + "\n" + Self.row.replacing(",", with: "\t")))
    } else {
      let rows = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
      #expect(rows.count == 1 && rows[0]["name"] as? String == "5" && rows[0]["voxels"] as? Int == 120)
    }
  }

  @Test("a directory of masks, which may overlap, has one row per mask")
  func masks() throws {
    _ = try folder.write([], as: "masks/.hidden.nii")
    _ = try folder.write(Array("{}".utf8), as: "masks/statistics.json")
    _ = try write(.uint8(SmallCase.labels.map { $0 == 5 ? 1 : 0 }), as: "masks/liver.nii.gz")
    _ = try write(.uint8(SmallCase.labels.map { _ in 1 }), as: "masks/body.nii.gz")
    let outcome = try overlay.run([try image, "--labels", folder.path("masks"), "--statistics-only"])
    #expect(outcome.status == 0, "\(outcome.standardError)")
    let lines = outcome.text.split(separator: "\n").map(String.init)
    #expect(lines.count == 3)
    #expect(lines[1].hasPrefix("1,body,4320,"))
    #expect(lines[2].hasPrefix("2,liver,120,4320,10.5,"))
  }

  @Test("labels on another grid are refused with both grids")
  func mismatch() throws {
    let half = Grid(dimensions: [10, 9, 6], affine: SmallCase.grid.affine)
    let path = try write(.uint8(Volume(grid: half, repeating: 1)), as: "half.nii")
    let outcome = try overlay.run([try image, "--labels", path, "--statistics-only"])
    #expect(outcome.status == 65)
    #expect(outcome.standardError.contains("half.nii: expected labels on the image's grid, 20x18x12"))
    #expect(outcome.standardError.contains("found 10x9x6"), "\(outcome.standardError)")
    #expect(outcome.standardOutput.isEmpty)
  }

  @Test("a full disk and an output that cannot be made")
  func outputs() throws {
    let arguments = [try image, "--labels", try labels, "--statistics-only"]
    #expect(try overlay.run(arguments + ["-o", "/dev/full"]).status == 74)
    #expect(try overlay.run(arguments, output: "/dev/full").status == 74)
    #expect(try overlay.run(arguments + ["-o", folder.path("none/table.csv")]).status == 73)
    #expect(try overlay.run([folder.path("none.nii"), "--labels", try labels, "--statistics-only"]).status == 66)
  }

  @Test("a table that exists is kept unless --force is given")
  func existing() throws {
    let table = try folder.write(Array("mine".utf8), as: "table.csv")
    let arguments = [try image, "--labels", try labels, "--statistics-only", "-o", table]
    let refused = try overlay.run(arguments)
    #expect(refused.status == 73 && refused.standardError.contains("exists already"), "\(refused.standardError)")
    #expect(try String(contentsOfFile: table, encoding: .utf8) == "mine")
    #expect(try overlay.run(arguments + ["--force"]).status == 0)
    #expect(try String(contentsOfFile: table, encoding: .utf8).hasPrefix("label,"))
  }

  @Test("labels may come from standard input, and lie in another voxel order")
  func otherOrder() throws {
    let map = try FormatRegistry.read(path: try labels).volume.reoriented(to: try #require(Orientation("PIR")))
    let turned = try write(map, as: "turned.nii")
    let arguments = [try image, "--statistics-only", "--labels"]
    let expected = try overlay.run(arguments + [try labels])
    #expect(expected.status == 0)
    #expect(try overlay.run(arguments + [turned]).text == expected.text)
    let piped = try overlay.run(arguments + ["-"], input: [UInt8](try Data(contentsOf: URL(filePath: try labels))))
    #expect(piped.text == expected.text, "\(piped.standardError)")
  }

  @Test("tables of a case in other formats", arguments: ["tsv", "json"])
  func caseTables(_ format: String) throws {
    let output = folder.path("out")
    let stream = try SmallCase.stream(in: folder)
    let outcome = try overlay.run([stream, "-o", output, "--products", "stats,matrix", "--tables", format])
    #expect(outcome.status == 0, "\(outcome.standardError)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: output).sorted()
        == ["matrix.\(format)", "statistics.\(format)"])
  }
}
