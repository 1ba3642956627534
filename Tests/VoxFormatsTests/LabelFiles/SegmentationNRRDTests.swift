import Foundation
import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite struct SegmentationNRRDTests {
  private static func labels() -> LabelMap {
    let affine = Affine(x: [-2, 0, 0], y: [0, 3, 0], z: [0, 0, 4.5], t: [10, -20, 30])
    var labels = LabelMap(grid: Grid(dimensions: [4, 5, 6], affine: affine), repeating: 0)
    labels[1, 2, 3] = 7
    labels[3, 2, 4] = 7
    labels[0, 0, 5] = 2
    return labels
  }

  /// Header lines and the uncompressed voxels behind them.
  private static func written(_ labels: LabelMap, _ table: LabelTable) throws -> (fields: [String], voxels: [UInt8]) {
    let path = NSTemporaryDirectory() + "voxplain-\(UUID().uuidString).seg.nrrd"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try SegmentationNRRD.write(labels, table: table, path: path)
    let file = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let end = try #require((1..<file.count).first { file[$0] == 10 && file[$0 - 1] == 10 })
    let source = try ByteSource(Array(file[(end + 1)...]))
    let bytesPerVoxel = labels.voxels.contains { $0 > 255 } ? 4 : 1
    let voxels = try source.bytes(labels.grid.count * bytesPerVoxel, of: "voxels")
    #expect(try source.peek(1).isEmpty)
    return (String(decoding: file[..<end], as: UTF8.self).split(separator: "\n").map(String.init), voxels)
  }

  static let expectedFields = [
    "type: unsigned char", "dimension: 3", "space: left-posterior-superior", "sizes: 4 5 6",
    "space directions: (2.0,0.0,0.0) (0.0,-3.0,0.0) (0.0,0.0,4.5)", "space origin: (-10.0,20.0,30.0)",
    "kinds: domain domain domain", "encoding: gzip",
    "Segment0_ID:=Segment_2", "Segment0_Name:=2", "Segment0_LabelValue:=2", "Segment0_Extent:=0 0 0 0 5 5",
    "Segment1_ID:=Segment_7", "Segment1_Name:=liver", "Segment1_LabelValue:=7", "Segment1_Extent:=1 3 2 2 3 4",
    "Segment1_Color:=1.0 0.2 0.0", "Segment1_Layer:=0",
    "Segmentation_MasterRepresentation:=Binary labelmap",
  ]

  @Test("the fields Slicer reads")
  func header() throws {
    let table = LabelTable([Label(value: 7, name: "liver", color: [255, 51, 0]), Label(value: 9, name: "absent")])
    let (fields, voxels) = try Self.written(Self.labels(), table)
    #expect(fields.first == "NRRD0004")
    for field in Self.expectedFields { #expect(fields.contains(field), "\(field)") }
    #expect(!fields.contains { $0.contains("absent") || $0.hasPrefix("Segment2_") })
    #expect(voxels.map(Int32.init) == Self.labels().voxels)
  }

  @Test("labels beyond a byte are stored as 32-bit integers")
  func wide() throws {
    var labels = Self.labels()
    labels[2, 2, 2] = 70000
    let (fields, voxels) = try Self.written(labels, LabelTable())
    #expect(fields.contains("type: int") && fields.contains("endian: little"))
    let values = voxels.withUnsafeBytes { bytes in
      (0..<labels.grid.count).map { Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) }
    }
    #expect(values == labels.voxels)
  }

  @Test("names and colours come back, whatever a name holds")
  func roundTrip() throws {
    let folder = try TemporaryDirectory()
    let path = folder.path("a.seg.nrrd")
    let table = LabelTable([
      Label(value: 2, name: "left \\n lung: \"upper\" := lobe", color: [1, 2, 3]), Label(value: 7, name: "liver"),
    ])
    var image = ScanImage(volume: .int32(Self.labels()))
    image.labels = table
    try NRRDFormat.write(image, to: path, threads: 1)
    let back = try FormatRegistry.read(path: path)
    #expect(back.labels == table)
    #expect(back.volume.type == .uint8)
    #expect(back.volume.labels?.voxels == Self.labels().voxels)
    #expect(back.volume.grid == Self.labels().grid)
    image.volume = .float32(Volume(grid: Self.labels().grid, repeating: 0.5))
    #expect(throws: FormatError.self) { try NRRDFormat.write(image, to: path, threads: 1) }
  }

  @Test("every layer has the names of its own segments")
  func layers() throws {
    let lines = [
      "NRRD0004", "type: uchar", "dimension: 4", "sizes: 2 2 1 1", "kinds: list domain domain domain", "encoding: raw",
      "Segment0_ID:=a", "Segment0_Name:=lung", "Segment0_LabelValue:=1", "Segment0_Layer:=0",
      "Segment1_ID:=b", "Segment1_Name:=tumour", "Segment1_LabelValue:=1", "Segment1_Layer:=1",
      "Segment2_ID:=c", "Segment2_Name:=nodule", "Segment2_LabelValue:=2", "Segment2_Layer:=1",
      "Segment3_ID:=d", "Segment3_LabelValue:=99999999999", "Segment4_ID:=e", "Segment4_Layer:=7", "",
    ]
    let reader = try FormatRegistry.open(ByteSource(ArrayBytes.file(lines, [1, 0, 0, 2])))
    let images = try (0..<2).map { try reader.read(volume: $0) }
    #expect(images.map { $0.labels?.labels.map(\.name) } == [["lung"], ["tumour", "nodule"]])
    #expect(images.map(\.volume.converted64) == [[1, 0], [0, 2]])
    #expect(reader.header.labels?.name(2) == "nodule")
    // Labels are no reason to make room for layers the file cannot hold.
    let many = lines.map { $0.hasPrefix("sizes") ? "sizes: 10000000000000 2 1 1" : $0 }
    #expect(throws: FormatError.self) { try FormatRegistry.open(ByteSource(ArrayBytes.file(many, [1, 0, 0, 2]))) }
  }
}
