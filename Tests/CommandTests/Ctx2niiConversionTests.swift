import Foundation
import Testing
import VoxFormats
import VoxGrid
import VoxStream
import _VoxTestSupport

@Suite("ctx2nii: grids, formats and what is written beside the voxels")
struct Ctx2niiConversionTests {
  private let command: BuiltCommand
  private let folder: TemporaryDirectory
  /// An LPS image of 16-bit integers.
  private let scan: String

  private static let grid = Grid(
    dimensions: [12, 10, 8], affine: Affine(x: [-1, 0, 0], y: [0, -1, 0], z: [0, 0, 2], t: [5, 6, -7]))
  private static let volume = Volume<Int16>(
    grid: grid, voxels: (0..<grid.count).map { Int16(truncatingIfNeeded: $0 * 37 % 2000 - 1000) })
  private static let phantom = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Samples/phantom/ct").standardized.path(percentEncoded: false)

  init() throws {
    command = try BuiltCommand("ctx2nii")
    folder = try TemporaryDirectory()
    scan = folder.path("scan.nii")
    try NIfTIFormat.write(ScanImage(volume: .int16(Self.volume)), to: ByteSink(path: scan))
  }

  /// Runs the command, which must succeed.
  @discardableResult
  private func run(_ arguments: String...) throws -> BuiltCommand.Outcome {
    let outcome = try command.run(arguments, in: folder.url)
    try #require(outcome.status == 0, "\(arguments): \(outcome.standardError)")
    return outcome
  }

  private func read(_ name: String) throws -> ScanImage { try FormatRegistry.read(path: folder.path(name)) }

  // MARK: Grids

  @Test("--size crops and pads about the centre, every kept voxel in its place")
  func size() throws {
    try run(scan, "--orient", "native", "--size", "8,14,8", "-o", "out.nii")
    let found = try read("out.nii").volume
    let expected = Self.volume.resized(to: [8, 14, 8], fill: Self.volume.minimum)
    #expect(found.grid.isClose(to: expected.grid))
    #expect(found.labels?.voxels == expected.voxels.map(Int32.init))
  }

  @Test("--interpolation cubic is the spline, and a coarser grid is low-passed first")
  func cubic() throws {
    try run(scan, "--orient", "native", "--spacing", "2,2,2", "--interpolation", "cubic", "-o", "out.nii")
    let grid = Self.grid.respaced(to: [2, 2, 2])
    let floats = Self.volume.map(Float.init)
    let expected = try floats.resampled(
      onto: grid, interpolation: .cubic, fill: floats.minimum, antialias: true)
    let plain = try floats.resampled(onto: grid, interpolation: .cubic, fill: floats.minimum)
    let found = try read("out.nii").volume.float.voxels
    #expect(zip(found, expected.voxels).allSatisfy { abs($0 - $1) < 0.05 })
    #expect(!zip(found, plain.voxels).allSatisfy { abs($0 - $1) < 0.05 })
  }

  @Test("labels are not interpolated, whatever is asked for")
  func labels() throws {
    var header = NIfTIHeader(grid: Self.grid, type: .uint8)
    header.intent = NIfTIHeader.labelIntent
    let map = try folder.write(header.encoded + (0..<Self.grid.count).map { UInt8($0 / 100 % 3 * 7) }, as: "map.nii")
    for method in ["linear", "cubic"] {
      let outcome = try run(map, "--spacing", "1.3", "--interpolation", method, "-o", "out.nii")
      #expect(outcome.standardError.contains("labels are not interpolated"))
      #expect(Set(try #require(try read("out.nii").volume.labels).voxels).isSubset(of: [0, 7, 14]))
    }
  }

  @Test("sheared axes are resampled onto a rectangular grid, or refused")
  func shear() throws {
    var grid = Self.grid
    grid.affine.z = [0, 0.8, 2]
    var header = NIfTIHeader(grid: grid, type: .int16)
    header.extensions = []
    let path = folder.path("sheared.nii")
    try NIfTIFormat.write(
      ScanImage(volume: .int16(Volume(grid: grid, voxels: Self.volume.voxels))), to: ByteSink(path: path))
    let outcome = try run(path, "-o", "out.nii")
    #expect(outcome.standardError.contains("resampled onto a rectangular grid"))
    let straight = try read("out.nii").volume.grid
    #expect(straight.isOrthogonal && straight.affine.shear < 1e-6)
    let refused = try command.run([path, "--tilt", "error"])
    #expect(refused.status == 69 && refused.standardError.contains("--tilt correct"))
  }

  // MARK: Volumes and limits

  @Test("--volume chooses one of several, and is needed")
  func volumes() throws {
    let header = NIfTIHeader(grid: Self.grid, volumes: 3, type: .uint8)
    let bytes = header.encoded + (0..<(Self.grid.count * 3)).map { UInt8($0 / Self.grid.count + 5) }
    let path = try folder.write(bytes, as: "many.nii")
    let refused = try command.run([path])
    #expect(refused.status == 64 && refused.standardError.contains("--volume 1 to 3"))
    try run(path, "--volume", "2", "-o", "out.nii")
    #expect(Set(try read("out.nii").volume.float.voxels) == [6])
    #expect(try command.run([path, "--volume", "4"]).status == 64)
    let list = try run(path, "--list").text.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false)
    }
    let column = try #require(list[0].firstIndex(of: "volumes"))
    #expect(list[1][column] == "3")
  }

  @Test("--max-voxels refuses more before anything is read", arguments: ["scan.nii", "phantom"])
  func limit(name: String) throws {
    let input = name == "phantom" ? Self.phantom : scan
    let outcome = try command.run([input, "--max-voxels", "900"])
    #expect(outcome.status == 69)
    #expect(outcome.standardError.contains("expected at most 900 voxels"), "\(outcome.standardError)")
  }

  // MARK: Formats

  @Test(
    "every format that can be written comes back as it was",
    arguments: FormatRegistry.writable.filter { $0.name != RawFormat.name }.flatMap { $0.writableExtensions })
  func formats(ending: String) throws {
    for codes in ["native", "RAS", "ASR"] {
      try run(scan, "--orient", codes, "-o", "out.\(ending)")
      let found = try read("out.\(ending)").volume
      let expected = Orientation(codes).map { Self.volume.reoriented(to: $0) } ?? Self.volume
      #expect(found.type == .int16)
      #expect(found.labels?.voxels == expected.voxels.map(Int32.init))
      #expect(found.grid.isClose(to: expected.grid, tolerance: 1e-4))
    }
  }

  @Test("raw voxels come back by the line that writing them prints")
  func raw() throws {
    let hint = try run(scan, "--orient", "native", "-o", "out.raw").standardError
    let line = try #require(hint.firstRange(of: "ctx2nii out.raw")).lowerBound
    let arguments = hint[line...].split(whereSeparator: \.isWhitespace).dropFirst().map(String.init)
    let outcome = try command.run(arguments + ["--orient", "native", "-o", "back.nii"], in: folder.url)
    #expect(outcome.status == 0, "\(outcome.standardError)")
    let back = try read("back.nii").volume
    #expect(back.labels?.voxels == Self.volume.voxels.map(Int32.init))
    #expect(back.grid.dimensions == Self.grid.dimensions && back.grid.spacing == Self.grid.spacing)
  }

  @Test("colours keep their type through orientation, and --type takes their luminance")
  func colors() throws {
    let colors = Self.volume.map { RGB(UInt8(truncatingIfNeeded: $0), 100, 200) }
    try NIfTIFormat.write(ScanImage(volume: .rgb24(colors)), to: ByteSink(path: folder.path("rgb.nii")))
    try run("rgb.nii", "-o", "out.nii")
    guard case .rgb24(let found) = try read("out.nii").volume else {
      Issue.record("expected colours")
      return
    }
    #expect(found.voxels == colors.reoriented(to: .ras).voxels)
    try run("rgb.nii", "--type", "float32", "-o", "grey.nii")
    let grey = try read("grey.nii").volume.float.voxels
    #expect(zip(grey, colors.reoriented(to: .ras).voxels).allSatisfy { abs($0 - $1.luminance) < 1e-3 })
  }

  @Test("header extensions are kept, but for a DICOM header")
  func extensions() throws {
    let kept = NIfTIExtension(code: NIfTIExtension.comment, bytes: Array("a comment".utf8))
    let dropped = NIfTIExtension(code: NIfTIExtension.dicom, bytes: Array("DOE^JANE".utf8))
    let header = NIfTIHeader(grid: Self.grid, type: .uint8, extensions: [kept, dropped])
    let path = try folder.write(header.encoded + [UInt8](repeating: 1, count: Self.grid.count), as: "in.nii")
    let outcome = try run(path, "-o", "out.nii")
    #expect(outcome.standardError.contains("DICOM header"))
    let found = try NIfTIReader(ByteSource(path: folder.path("out.nii"))).header.extensions
    #expect(found.contains { $0.text.hasPrefix("a comment") })
    #expect(!found.contains { $0.code == NIfTIExtension.dicom })
  }

  // MARK: Beside the voxels

  @Test("--sidecar says what the scanner did and nothing of the patient")
  func sidecar() throws {
    try run(Self.phantom, "--sidecar", "out.json", "-o", "out.nii")
    let data = try Data(contentsOf: folder.url.appending(path: "out.json"))
    let fields = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(fields["Modality"] as? String == "CT")
    #expect(fields["SliceThickness"] as? Double == 3.5)
    #expect(fields["SpacingBetweenSlices"] as? Double == 3.5)
    #expect(fields["ConversionSoftware"] as? String == "voxplain")
    let text = String(decoding: data, as: UTF8.self)
    for secret in ["PHANTOM", "2.25.", "Synthetic"] { #expect(!text.contains(secret)) }
  }

  @Test("--dicom-header none leaves the UIDs out")
  func noUIDs() throws {
    try run(Self.phantom, "-o", "with.nii")
    try run(Self.phantom, "--dicom-header", "none", "-o", "without.nii")
    #expect(try StreamReader(ByteSource(path: folder.path("with.nii"))).header.source?.seriesInstanceUID != nil)
    #expect(try StreamReader(ByteSource(path: folder.path("without.nii"))).header.source == nil)
  }

  @Test("--dicom writes a series that reads back as the volume", arguments: ["native", "ASR"])
  func derived(codes: String) throws {
    try run(Self.phantom, "--orient", codes, "--dicom", "series", "--reference", Self.phantom)
    #expect(try folder.names == ["scan.nii", "series"])
    try run("series", "-o", "back.nii")
    try run(Self.phantom, "-o", "whole.nii")
    let (back, whole) = (try read("back.nii").volume, try read("whole.nii").volume)
    #expect(back.labels?.voxels == whole.labels?.voxels)
    #expect(back.grid.isClose(to: whole.grid, tolerance: 1e-3))
    let (derived, source) = (
      try DICOMSeries.discover(in: [folder.path("series")]), try DICOMSeries.discover(in: [Self.phantom])
    )
    #expect(derived.map(\.studyInstanceUID) == source.map(\.studyInstanceUID))
    #expect(derived.map(\.frameOfReferenceUID) == source.map(\.frameOfReferenceUID))
    #expect(derived.map(\.seriesInstanceUID) != source.map(\.seriesInstanceUID))
  }

  @Test("--dicom of a plain volume asks for the modality")
  func modality() throws {
    let refused = try command.run([scan, "--dicom", "series"], in: folder.url)
    #expect(refused.status == 64 && refused.standardError.contains("--modality"))
    #expect(try folder.names == ["scan.nii"])
    try run(scan, "--dicom", "series", "--modality", "mr")
    #expect(try DICOMSeries.discover(in: [folder.path("series")]).map(\.modality) == ["MR"])
  }

  // MARK: Series

  @Test("a damaged file is listed, and keeps the series beside it from being converted")
  func damagedNeighbour() throws {
    let ct = folder.url.appending(path: "ct")
    try FileManager.default.copyItem(at: URL(filePath: Self.phantom), to: ct)
    let file = ct.appending(path: "0064.dcm")
    try Data(contentsOf: file).prefix(700).write(to: file)
    let list = try run("ct", "--list").text
    #expect(list.contains("63") && list.contains("0064.dcm"))
    let refused = try command.run(["ct", "-o", "out.nii"], in: folder.url)
    #expect(refused.status == 65 && refused.standardError.contains("move it away"), "\(refused.standardError)")
    try FileManager.default.removeItem(at: file)
    try run("ct", "-o", "out.nii")
  }

  @Test(
    "the tilted, irregular head is named, refused and straightened as asked",
    .enabled(if: SharedData.has("dicom/gantry-tilt/GE"), "needs ../shared/data/dicom/gantry-tilt/GE"))
  func tilt() throws {
    let head = SharedData.path("dicom/gantry-tilt/GE")
    let list = try run(head, "--list").text
    for words in ["tilt of 18.5 degrees", "13 x 4.002, 1 x 1.081, 13 x 6.999 mm"] { #expect(list.contains(words)) }
    #expect(try command.run([head, "-o", "out.nii"], in: folder.url).status == 69)
    #expect(try command.run([head, "--irregular", "resample", "--tilt", "error"], in: folder.url).status == 69)
    let outcome = try run(head, "--irregular", "resample", "-o", "out.nii")
    #expect(outcome.standardError.contains("18.5 degrees") && outcome.standardError.contains("1.081 mm"))
    let grid = try read("out.nii").volume.grid
    #expect(grid.isOrthogonal && grid.affine.shear < 1e-5)
    #expect(abs(grid.spacing.z - 1.081) < 1e-3)
  }
}
