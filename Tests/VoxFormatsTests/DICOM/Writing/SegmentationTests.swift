import Foundation
import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("DICOM segmentations and parametric maps")
struct SegmentationTests {
  private let folder: TemporaryDirectory
  private static let software = Software(name: "test", version: "1")

  init() throws { folder = try TemporaryDirectory() }

  /// Frames of 7 columns and 5 rows, whose bits end in the middle of a byte.
  private static func labels(_ affine: Affine) -> LabelMap {
    let grid = Grid(dimensions: [7, 5, 4], affine: affine)
    let voxels = (0..<grid.count).map { offset -> Int32 in
      let p = grid.index(offset)
      if p.z < 2, p.x > 3 { return 9 }
      return p.z > 0 && p.z < 3 && (p.x + 2 * p.y) % 3 == 0 ? 2 : 0
    }
    return LabelMap(grid: grid, voxels: voxels)
  }

  private static let table = LabelTable([
    Label(value: 2, name: "liver", color: [255, 255, 255], terminology: Terminology(type: Code("SCT", "1", "Liver"))),
    Label(value: 9, name: "Milz \u{E4}", color: [0, 0, 0]), Label(value: 11, name: "absent"),
  ])

  private func write(_ labels: LabelMap, on stack: FrameStack, _ identity: DerivedIdentity) throws -> DICOMFile {
    let segmentation = Segmentation(
      labels: labels, table: Self.table, algorithm: Software(name: "network", version: "2"), seriesDescription: "s",
      seriesNumber: 7)
    let path = folder.path("seg.dcm")
    try segmentation.write(to: path, on: stack, identity: identity, software: Self.software)
    return try DICOMFile(path, withPixels: true)
  }

  @Test("frames hold the bits of their segment on their plane, none is empty", arguments: ["RAS", "LPS", "PIR", "SAL"])
  func frames(_ orientation: String) throws {
    let labels = Self.labels(.oblique(try #require(Orientation(orientation)), degrees: 20))
    let identity = try DerivedIdentity(source: nil)
    let file = try write(labels, on: FrameStack(labels.grid, naming: identity), identity)
    let (header, grid) = (file.root, labels.grid)
    let segments = header.items(DICOMTag(0x0062, 0x0002))
    #expect(segments.map { $0.text(DICOMTag(0x0062, 0x0005)) } == ["liver", "Milz \u{E4}"])
    #expect(header.text(.specificCharacterSet) == "ISO_IR 192")
    #expect(segments.map { $0.raw(DICOMTag(0x0062, 0x000D))?.bytes.count } == [6, 6])
    let types = segments.compactMap { $0.items(DICOMTag(0x0062, 0x000F)).first }
    #expect(types.map { $0.text(DICOMTag(0x0008, 0x0102)) } == ["SCT", "99VOXPLAIN"])
    #expect(types.map { $0.text(DICOMTag(0x0008, 0x0100)) } == ["1", "9"])

    let frames = header.items(.perFrameFunctionalGroupsSequence)
    #expect(try header.integer(.numberOfFrames) == 4 && frames.count == 4)
    let bytes = try #require(header.raw(.pixelData)?.bytes)
    #expect(bytes.count == (4 * 35 + 7) / 8 + (4 * 35 + 7) / 8 % 2)
    for (index, frame) in frames.enumerated() {
      let number = try frame.items(DICOMTag(0x0062, 0x000A)).first?.integer(DICOMTag(0x0062, 0x000B))
      #expect(number == [1, 1, 2, 2][index])
      let k = [1, 2, 0, 1][index]
      let position = try frame.items(DICOMTag(0x0020, 0x9113)).first?.numbers(.imagePositionPatient) ?? []
      let expected = grid.affine([0, 0, Double(k)]) * SIMD3(-1, -1, 1)
      #expect((SIMD3(position[0], position[1], position[2]) - expected).length < 1e-9)
      let value: Int32 = [2, 2, 9, 9][index]
      for pixel in 0..<35 {
        let bit = 35 * index + pixel
        #expect((bytes[bit / 8] >> (bit % 8) & 1 == 1) == (labels.voxels[35 * k + pixel] == value))
      }
    }
  }

  @Test("on the slices of a series frames have their planes and name them as their sources")
  func sources() throws {
    try folder.write((0..<4).map { SyntheticSlice(at: Double(6 - 2 * $0), instance: $0) })
    let series = try #require(try DICOMSeries.discover(in: [folder.folder]).first)
    let identity = try DerivedIdentity(source: series)
    let stack = try FrameStack(series, naming: identity)
    let header = try write(LabelMap(grid: stack.grid, repeating: 2), on: stack, identity).root
    let frames = header.items(.perFrameFunctionalGroupsSequence)
    #expect(frames.count == 4)
    for (frame, slice) in zip(frames, series.slices) {
      let source = frame.items(DICOMTag(0x0008, 0x9124)).first?.items(.sourceImageSequence).first
      #expect(source?.text(.referencedSOPInstanceUID) == slice.sopInstanceUID)
    }
    let referenced = header.items(DICOMTag(0x0008, 0x1115)).first
    #expect(referenced?.text(.seriesInstanceUID) == series.seriesInstanceUID)
    #expect(referenced?.items(DICOMTag(0x0008, 0x114A)).count == 4)
    #expect(header.text(.studyInstanceUID) == series.studyInstanceUID)
  }

  @Test("a label map without segments is refused")
  func empty() throws {
    let labels = LabelMap(grid: Self.labels(.identity).grid, repeating: 0)
    let identity = try DerivedIdentity(source: nil)
    let error = #expect(throws: FormatError.self) {
      try write(labels, on: FrameStack(labels.grid, naming: identity), identity)
    }
    #expect(error?.code == .unsupported && error?.description.contains("found 0") == true)
    #expect(try folder.names.isEmpty)
  }

  @Test("a map's values are stored as they are, with the display about zero")
  func map() throws {
    let grid = Self.labels(.oblique(.ras, degrees: 10)).grid
    let map = Volume<Float>(grid: grid, voxels: (0..<grid.count).map { Float($0) * 0.3 - 1e-7 })
    let identity = try DerivedIdentity(source: nil)
    let parametric = ParametricMap(
      map: map, quantity: "gradient of liver", limit: 0.25, seriesDescription: "s", derivation: "d", seriesNumber: 8)
    let path = folder.path("pm.dcm")
    try parametric.write(
      to: path, on: FrameStack(grid, naming: identity), identity: identity, software: Self.software)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    #expect(bytes.suffix(4 * grid.count).elementsEqual(map.voxels.withUnsafeBytes(Array.init)))
    #expect(Array(bytes.dropLast(4 * grid.count).suffix(12).prefix(6)) == [0xE0, 0x7F, 0x08, 0x00, 0x4F, 0x46])
    let shared = try #require(try DICOMFile(path).root.items(.sharedFunctionalGroupsSequence).first)
    let window = shared.items(DICOMTag(0x0028, 0x9132)).first
    #expect(try window?.number(DICOMTag(0x0028, 0x1051)) == 0.5)
    let meaning = shared.items(DICOMTag(0x0040, 0x9096)).first
    #expect(try meaning?.number(DICOMTag(0x0040, 0x9225)) == 1)
    #expect(meaning?.text(DICOMTag(0x0028, 0x3003)) == "gradient of liver")
  }
}
