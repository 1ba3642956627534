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

  // MARK: Streams

  private static let grid = Grid(
    dimensions: [20, 18, 12], affine: Affine(x: [-3, 0, 0], y: [0, 3, 0], z: [0, 0, 4], t: [28, -25, -20]))

  /// A box of 6x5x4 voxels from (8, 7, 3), labelled 5.
  private static func isBox(_ p: SIMD3<Int>) -> Bool { 8..<14 ~= p.x && 7..<12 ~= p.y && 3..<7 ~= p.z }

  private static let image = Volume<Float>(
    grid: grid, voxels: (0..<grid.count).map { isBox(grid.index($0)) ? Float(grid.index($0).x) : -1000 })
  private static let labels = LabelMap(grid: grid, voxels: (0..<grid.count).map { isBox(grid.index($0)) ? 5 : 0 })
  private static let attribution = Volume<Float>(
    grid: grid, voxels: (0..<grid.count).map { isBox(grid.index($0)) ? 2 : $0 % 7 == 0 ? -0.5 : 0 })

  private static var header: StreamHeader {
    var header = StreamHeader(channels: [
      .init(name: "image", role: .image, units: "HU"), .init(name: "labels", role: .labels),
      .init(name: "liver", role: .attribution, target: 5, method: "gradient"),
    ])
    header.labels = LabelTable([
      Label(value: 0, name: "background"), Label(value: 5, name: "liver", color: [200, 100, 50]),
    ])
    header.matrix = [
      MatrixRow(target: 5, region: 0, mass: 0.25, mean: 0.1, positive: 0, negative: -80, enrichment: 0.5),
      MatrixRow(
        target: 5, region: 5, mass: 0.75, mean: 2, positive: 240, negative: 0, enrichment: 8, ciLow: 0.5, ciHigh: 1),
    ]
    return header
  }

  private func stream(_ header: StreamHeader = Self.header, _ volumes: [AnyVolume]? = nil) throws -> String {
    let path = folder.path("stream.nii")
    let volumes = volumes ?? [.float32(Self.image), .int32(Self.labels), .float32(Self.attribution)]
    let writer = try StreamWriter(header, grid: volumes[0].grid, to: ByteSink(path: path))
    for volume in volumes { try writer.write(volume) }
    try writer.finish()
    return path
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
        "attribution_liver.nii.gz", "image.nii.gz", "labels.ctbl", "labels.itksnap.txt", "labels.nii.gz",
        "labels.seg.nrrd", "matrix.csv", "montage_liver.png", "statistics.csv",
      ])
    #expect(
      try text("matrix.csv").split(separator: "\n") == [
        "target,region,mass,mean,positive,negative,enrichment,ci_low,ci_high",
        "liver,background,0.25,0.1,0,-80,0.5,,", "liver,liver,0.75,2,240,0,8,0.5,1",
      ])
    // Columns 8 to 13 hold their own index: mean 10.5, centroid at voxel (10.5, 9, 4.5).
    #expect(
      try text("statistics.csv").split(separator: "\n") == [
        "label,name,voxels,volume_mm3,mean,sd,min,p05,median,p95,max,centroid_x,centroid_y,centroid_z",
        "5,liver,120,4320,10.5,1.707825127659933,8,8,10.5,13,13,-3.5,2,-2",
      ])
    #expect(try text("labels.itksnap.txt").contains("    5   200  100   50        1  1  1    \"liver\"\n"))
    #expect(try text("labels.ctbl").contains("5 liver 200 100 50 255\n"))
  }

  @Test("volumes come out as they went in, with type, intent and display range for viewers")
  func volumes() throws {
    #expect(try overlay.run([try stream(), "-o", output, "--products", "nifti,labels"]).status == 0)
    let (imageHeader, image) = try nifti("image.nii.gz")
    #expect(image.float.voxels == Self.image.voxels && imageHeader.grid.isClose(to: Self.grid))
    let (labelHeader, labels) = try nifti("labels.nii.gz")
    #expect(labels.labels?.voxels == Self.labels.voxels)
    #expect(labelHeader.datatype == .uint8 && labelHeader.intent == 1002 && labelHeader.scaling == nil)
    let (header, map) = try nifti("attribution_liver.nii.gz")
    #expect(map.float.voxels == Self.attribution.voxels)
    #expect(header.datatype == .float32 && header.intentName == "liver")
    #expect(header.displayRange == -2...2)
  }

  @Test("the coloured volume is 24-bit RGB: red in the target, grey where there is no attribution")
  func rgb() throws {
    #expect(try overlay.run([try stream(), "-o", output, "--products", "rgb", "--alpha", "1"]).status == 0)
    let source = try ByteSource(path: "\(output)/overlay_liver.nii.gz")
    let bytes = try source.bytes(352 + 3 * Self.grid.count, of: "the file")
    #expect(bytes[70] == 128 && bytes[71] == 0 && bytes[72] == 24)
    let inside = 352 + 3 * Self.grid.offset(10, 9, 5)
    #expect(Array(bytes[inside..<inside + 3]) == [180, 4, 38])
    let outside = 352 + 3 * Self.grid.offset(1, 0, 0)
    #expect(Array(bytes[outside..<outside + 3]) == [0, 0, 0])
  }

  @Test("names of targets cannot leave the directory or meet each other")
  func fileNames() throws {
    var header = Self.header
    header.channels += [
      .init(name: "../../etc/x", role: .attribution), .init(name: "Liver", role: .attribution),
    ]
    let map = AnyVolume.float32(Self.attribution)
    let path = try stream(header, [.float32(Self.image), .int32(Self.labels), map, map, map])
    #expect(try overlay.run([path, "-o", output, "--products", "png"]).status == 0)
    #expect(try names() == ["montage_.._.._etc_x.png", "montage_Liver_2.png", "montage_liver.png"])
  }

  @Test("a plain pair of image and labels gives what needs no attributions")
  func plainPair() throws {
    let path = folder.path("plain.nii")
    let writer = try NIfTIWriter(
      NIfTIHeader(grid: Self.grid, volumes: 2, type: .float32), to: ByteSink(path: path))
    try writer.write(.float32(Self.image))
    try writer.write(.float32(Self.labels.map { Float($0) }))
    try writer.finish()
    let outcome = try overlay.run([path, "-o", output])
    #expect(outcome.status == 0, "\(outcome.standardError)")
    #expect(outcome.standardError.contains("png needs attributions"))
    #expect(
      try names() == [
        "image.nii.gz", "labels.ctbl", "labels.itksnap.txt", "labels.nii.gz", "labels.seg.nrrd", "statistics.csv",
      ])
  }

  @Test("an existing directory keeps its other files; same names are replaced")
  func existingDirectory() throws {
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(filePath: "\(output)/notes.txt"))
    try Data("old".utf8).write(to: URL(filePath: "\(output)/matrix.csv"))
    #expect(try overlay.run([try stream(), "-o", output, "--products", "matrix"]).status == 0)
    #expect(try names() == ["matrix.csv", "notes.txt"])
    #expect(try text("notes.txt") == "mine")
    #expect(try text("matrix.csv").hasPrefix("target,"))
  }

  // MARK: Secondary captures

  private static let phantom = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Samples/phantom/ct").standardized.path(percentEncoded: false)

  @Test("secondary captures lie on the slices of the source, one per slice")
  func secondaryCaptures() throws {
    let series = try #require(try DICOMSeries.discover(in: [Self.phantom]).first)
    let grid = try #require(series.grid)
    let coarse = grid.respaced(to: grid.spacing * 2)
    let image = try series.load().volume.float.resampled(onto: coarse, fill: -1000)
    let labels = image.map { Int32($0 > 0 ? 5 : 0) }
    let path = try stream(Self.header, [.float32(image), .int32(labels), .float32(image.map { $0 / 100 })])
    let outcome = try overlay.run([path, "-o", output, "--products", "sc", "--reference", Self.phantom])
    #expect(outcome.status == 0, "\(outcome.standardError)")
    #expect(try names() == ["sc_liver"])
    #expect(try names("sc_liver").first == "0001.dcm")

    let captures = try #require(try DICOMSeries.discover(in: ["\(output)/sc_liver"]).first)
    #expect(captures.slices.count == series.slices.count)
    #expect(captures.slices.map(\.plane) == series.slices.map(\.plane))
    #expect(captures.slices.allSatisfy { $0.columns == grid.dimensions.x && $0.rows > grid.dimensions.y })
    #expect(captures.studyInstanceUID == series.studyInstanceUID)
    #expect(captures.frameOfReferenceUID == series.frameOfReferenceUID)
    #expect(captures.seriesInstanceUID != series.seriesInstanceUID)
  }

  @Test("a small part of the source is accepted", arguments: [SIMD3<Int>(41, 33, 5), [3, 100, 0]])
  func crop(_ start: SIMD3<Int>) throws {
    let series = try #require(try DICOMSeries.discover(in: [Self.phantom]).first)
    var grid = try #require(series.grid)
    grid.affine.t = grid.affine(SIMD3<Double>(start))
    grid.dimensions = [2, 3, 2]
    let image = Volume<Float>(grid: grid, repeating: 40)
    let path = try stream(
      Self.header, [.float32(image), .int32(image.map { _ in 5 }), .float32(image.map { _ in 1 })])
    let outcome = try overlay.run([path, "-o", output, "--products", "sc", "--reference", Self.phantom])
    #expect(outcome.status == 0, "\(outcome.standardError)")
  }

  @Test("a source that lies elsewhere is refused")
  func wrongReference() throws {
    let far = Grid(dimensions: Self.grid.dimensions, affine: Affine(spacing: [3, 3, 3], origin: [9000, 0, 0]))
    let moved = { (volume: Volume<Float>) in AnyVolume.float32(Volume(grid: far, voxels: volume.voxels)) }
    let labels = AnyVolume.int32(LabelMap(grid: far, voxels: Self.labels.voxels))
    let path = try stream(Self.header, [moved(Self.image), labels, moved(Self.attribution)])
    let outcome = try overlay.run([path, "-o", output, "--reference", Self.phantom])
    #expect(outcome.status == 64)
    #expect(outcome.standardError.contains("--reference"))
    #expect(try folder.names == ["stream.nii"])
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
    Refusal(
      name: "a reserved product", arguments: ["--products", "seg"], status: 64,
      says: "'seg' is not available; available are nifti"),
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
      Self.header, [.float32(Self.image), .float32(Self.labels.map { Float($0) + 0.5 }), .float32(Self.attribution)])
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
