import Foundation
import Testing
import VoxFormats
import VoxGrid
import VoxStream
import _VoxTestSupport

@Suite struct OverlayTests {
  private let overlay: BuiltCommand
  private let folder: TemporaryDirectory

  init() throws {
    overlay = try BuiltCommand("overlay")
    folder = try TemporaryDirectory()
  }

  private func stream(_ header: StreamHeader = SmallCase.header, _ volumes: [AnyVolume]? = nil) throws -> String {
    try SmallCase.stream(in: folder, header, volumes)
  }

  private var output: String { folder.path("out") }

  private func names(_ directory: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(output)/\(directory)").sorted()
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: "\(output)/\(name)", encoding: .utf8)
  }

  private func nifti(_ name: String) throws -> (header: NIfTIHeader, volume: AnyVolume) {
    let reader = try NIfTIReader(ByteSource(path: "\(output)/\(name)"))
    return (reader.header, try #require(try reader.next()))
  }

  // MARK: Products

  @Test("the default products, from standard input")
  func defaults() throws {
    let input = [UInt8](try Data(contentsOf: URL(filePath: try stream())))
    let outcome = try overlay.run(["-o", output], input: input)
    #expect(outcome.status == 0, "\(outcome.standardError)")
    #expect(outcome.standardOutput.isEmpty)
    #expect(
      try names() == [
        "attribution_liver.nii.gz", "image.nii.gz", "labels.ctbl", "labels.itksnap.txt",
        "labels.labels.csv", "labels.nii.gz", "labels.seg.nrrd", "matrix.csv", "montage_liver.png", "statistics.csv",
      ])
    #expect(
      try text("matrix.csv").split(separator: "\n") == [
        "target,region,mass,mean,positive,negative,enrichment,ci_low,ci_high",
        "liver,background,0.25,0.1,0,-80,0.5,,", "liver,liver,0.75,2,240,0,8,0.5,1",
      ])
    // Columns 8 to 13 hold their own index: mean 10.5, centroid at voxel (10.5, 9, 4.5).
    let statistics = try text("statistics.csv").split(separator: "\n").map { $0.split(separator: ",") }
    #expect(
      statistics.map { $0.prefix(14).joined(separator: ",") } == [
        "label,name,voxels,volume_mm3,mean,sd,min,p05,median,p95,max,centroid_x,centroid_y,centroid_z",
        "5,liver,120,4320,10.5,1.707825127659933,8,8,10.5,13,13,-3.5,2,-2",
      ])
    #expect(
      statistics.map { $0.dropFirst(15).joined(separator: ",") } == [
        "components,mass_liver,mean_liver,enrichment_liver", "1,0.75,2,8",
      ])
    #expect(try text("labels.itksnap.txt").contains("    5   200  100   50        1  1  1    \"liver\"\n"))
    #expect(try text("labels.ctbl").contains("5 liver 200 100 50 255\n"))
  }

  @Test("volumes come out as they went in, with type, intent and display range for viewers")
  func volumes() throws {
    #expect(try overlay.run([try stream(), "-o", output, "--products", "nifti,labels"]).status == 0)
    let (imageHeader, image) = try nifti("image.nii.gz")
    #expect(image.float.voxels == SmallCase.image.voxels && imageHeader.grid.isClose(to: SmallCase.grid))
    let (labelHeader, labels) = try nifti("labels.nii.gz")
    #expect(labels.labels?.voxels == SmallCase.labels.voxels)
    #expect(labelHeader.datatype == .uint8 && labelHeader.intent == 1002 && labelHeader.scaling == nil)
    let (header, map) = try nifti("attribution_liver.nii.gz")
    #expect(map.float.voxels == SmallCase.attribution.voxels)
    #expect(header.datatype == .float32 && header.intentName == "liver")
    #expect(header.displayRange == -2...2)
  }

  @Test("the coloured volume is 24-bit RGB: red in the target, grey where there is no attribution")
  func rgb() throws {
    #expect(try overlay.run([try stream(), "-o", output, "--products", "rgb", "--alpha", "1"]).status == 0)
    let source = try ByteSource(path: "\(output)/overlay_liver.nii.gz")
    let bytes = try source.bytes(352 + 3 * SmallCase.grid.count, of: "the file")
    #expect(bytes[70] == 128 && bytes[71] == 0 && bytes[72] == 24)
    let inside = 352 + 3 * SmallCase.grid.offset(10, 9, 5)
    #expect(Array(bytes[inside..<inside + 3]) == [180, 4, 38])
    let outside = 352 + 3 * SmallCase.grid.offset(1, 0, 0)
    #expect(Array(bytes[outside..<outside + 3]) == [0, 0, 0])
  }

  @Test("names of targets cannot leave the directory or meet each other")
  func fileNames() throws {
    var header = SmallCase.header
    header.channels += [
      .init(name: "../../etc/x", role: .attribution), .init(name: "Liver", role: .attribution),
    ]
    let map = AnyVolume.float32(SmallCase.attribution)
    let path = try stream(header, [.float32(SmallCase.image), .int32(SmallCase.labels), map, map, map])
    #expect(try overlay.run([path, "-o", output, "--products", "png"]).status == 0)
    #expect(try names() == ["montage_.._.._etc_x.png", "montage_Liver_2.png", "montage_liver.png"])
  }

  @Test("a matrix that the stream lacks is summed up from the attributions")
  func matrix() throws {
    var header = SmallCase.header
    header.matrix = nil
    #expect(try overlay.run([try stream(header), "-o", output, "--products", "matrix"]).status == 0)
    let rows = try text("matrix.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(rows.map { $0.prefix(2).joined(separator: ",") } == ["target,region", "liver,background", "liver,liver"])
    #expect(rows.map { $0[4...5].joined(separator: ",") } == ["positive,negative", "0,-300.5", "240,0"])
  }

  @Test("of two attributions of one target tables have the first")
  func twoMethods() throws {
    var header = SmallCase.header
    header.matrix = nil
    header.channels.append(.init(name: "liver", role: .attribution, target: 5, method: "smoothgrad"))
    let volumes: [AnyVolume] = [
      .float32(SmallCase.image), .int32(SmallCase.labels), .float32(SmallCase.attribution),
      .float32(SmallCase.attribution),
    ]
    let outcome = try overlay.run([try stream(header, volumes), "-o", output, "--products", "matrix,nifti"])
    #expect(outcome.status == 0 && outcome.standardError.contains("smoothgrad of liver: tables have the first"))
    #expect(try text("matrix.csv").contains(",240,0,"))
    #expect(try names().contains("attribution_liver_2.nii.gz"))
  }

  @Test("attributions to several images have files of their own and are summed up in tables")
  func severalImages() throws {
    var header = SmallCase.header
    header.matrix = nil
    header.channels[2].input = "T1"
    header.channels.append(.init(name: "liver", role: .attribution, target: 5, method: "gradient", input: "T2 FS"))
    let volumes: [AnyVolume] = [
      .float32(SmallCase.image), .int32(SmallCase.labels), .float32(SmallCase.attribution),
      .float32(SmallCase.attribution.map { $0 / -2 }),
    ]
    let outcome = try overlay.run([try stream(header, volumes), "-o", output, "--products", "matrix,nifti,html"])
    #expect(outcome.status == 0 && !outcome.standardError.contains("warning"), "\(outcome.standardError)")
    #expect(try Set(names()).isSuperset(of: ["attribution_liver_T1.nii.gz", "attribution_liver_T2_FS.nii.gz"]))
    let rows = try text("matrix.csv").split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    // 120 voxels of 2 and -1, and in the background 601 of -0.5 and 0.25.
    #expect(rows[1][4...5] == ["150.25", "-300.5"] && rows[2][4...5] == ["240", "-120"])
    #expect(rows[2][3] == "3")
    #expect(try text("report.html").contains("gradient of liver in T2 FS"))
  }

  @Test("a plain pair of image and labels gives what needs no attributions")
  func plainPair() throws {
    let path = folder.path("plain.nii")
    let writer = try NIfTIWriter(
      NIfTIHeader(grid: SmallCase.grid, volumes: 2, type: .float32), to: ByteSink(path: path))
    try writer.write(.float32(SmallCase.image))
    try writer.write(.float32(SmallCase.labels.map { Float($0) }))
    try writer.finish()
    let outcome = try overlay.run([path, "-o", output])
    #expect(outcome.status == 0, "\(outcome.standardError)")
    #expect(outcome.standardError.contains("png needs attributions"))
    #expect(
      try names() == [
        "image.nii.gz", "labels.ctbl", "labels.itksnap.txt", "labels.labels.csv", "labels.nii.gz", "labels.seg.nrrd",
        "statistics.csv",
      ])
  }

  @Test("files of the same names are kept and nothing is written, unless --force is given")
  func existingFiles() throws {
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(filePath: "\(output)/notes.txt"))
    try Data("old".utf8).write(to: URL(filePath: "\(output)/matrix.csv"))
    let refused = try overlay.run([try stream(), "-o", output, "--products", "nifti,matrix"])
    #expect(refused.status == 73)
    #expect(refused.standardError.contains("out/matrix.csv: exists already"), "\(refused.standardError)")
    #expect(try names() == ["matrix.csv", "notes.txt"])
    #expect(try overlay.run([try stream(), "-o", output, "--products", "matrix", "--force"]).status == 0)
    #expect(try names() == ["matrix.csv", "notes.txt"])
    #expect(try text("notes.txt") == "mine")
    #expect(try text("matrix.csv").hasPrefix("target,"))
  }

  @Test("a name that is known at once is refused before the stream is read")
  func existingImage() throws {
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    try Data("old".utf8).write(to: URL(filePath: "\(output)/image.nii.gz"))
    let outcome = try overlay.run(["-", "-o", output], input: Array("no stream".utf8))
    #expect(outcome.status == 73)
    #expect(try names() == ["image.nii.gz"])
  }

  // MARK: Refusals

  struct Refusal: CustomTestStringConvertible, Sendable {
    let name: String
    let arguments: [String]
    let status: Int32
    let says: String
    var testDescription: String { name }
  }

  static let refusals = [
    Refusal(name: "an unknown table", arguments: ["--tables", "xls"], status: 64, says: "csv, tsv, json"),
    Refusal(
      name: "the source's grid without source", arguments: ["--grid", "source"], status: 64, says: "--reference"),
    Refusal(name: "statistics without labels", arguments: ["--statistics-only"], status: 64, says: "--labels"),
    Refusal(name: "an unknown product", arguments: ["--products", "gif"], status: 64, says: "'gif' is no product"),
    Refusal(name: "no product", arguments: ["--products", ","], status: 64, says: "expected names"),
    Refusal(name: "captures without source", arguments: ["--products", "sc"], status: 64, says: "--reference"),
    Refusal(name: "alpha above 1", arguments: ["--alpha", "1.5"], status: 64, says: "--alpha expects"),
    Refusal(name: "threshold 1", arguments: ["--threshold", "1"], status: 64, says: "--threshold expects"),
    Refusal(name: "a window upside down", arguments: ["--window", "240,-160"], status: 64, says: "rising order"),
    Refusal(name: "an unknown colour map", arguments: ["--colormap", "jet"], status: 64, says: "coolwarm"),
    Refusal(name: "a missing source", arguments: ["--reference", "/nonexistent"], status: 66, says: "/nonexistent"),
  ]

  @Test("what cannot be done is refused before anything is written", arguments: refusals)
  func refusal(_ expected: Refusal) throws {
    let outcome = try overlay.run([try stream(), "-o", output] + expected.arguments)
    #expect(outcome.status == expected.status)
    #expect(outcome.standardError.contains(expected.says), "\(outcome.standardError)")
    #expect(try folder.names == ["stream.nii"])
  }

  @Test("a stream that ends early leaves nothing behind", arguments: [100, 400, 20_000, 50_000])
  func truncated(_ length: Int) throws {
    let whole = [UInt8](try Data(contentsOf: URL(filePath: try stream())))
    #expect(whole.count > length)
    let outcome = try overlay.run(["-o", output], input: Array(whole.prefix(length)))
    #expect(outcome.status == 65)
    #expect(outcome.standardError.contains("byte"), "\(outcome.standardError)")
    #expect(try folder.names == ["stream.nii"])
  }

  @Test("labels that are no integers are malformed")
  func fractionalLabels() throws {
    let path = try stream(
      SmallCase.header,
      [.float32(SmallCase.image), .float32(SmallCase.labels.map { Float($0) + 0.5 }), .float32(SmallCase.attribution)])
    let outcome = try overlay.run([path, "-o", output])
    #expect(outcome.status == 65)
    #expect(outcome.standardError.contains("labels"))
    #expect(try folder.names == ["stream.nii"])
  }

  @Test("standard output and missing inputs")
  func operands() throws {
    #expect(try overlay.run([try stream(), "-o", "-"]).status == 64)
    #expect(try overlay.run([folder.path("none.nii"), "-o", output]).status == 66)
    #expect(try overlay.run([try stream(), "-o", "/dev/null/out"]).status == 73)
  }
}
