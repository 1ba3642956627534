import Foundation
import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("DICOM series from scanners")
struct DICOMRealSeriesTests {
  @Test(
    "a JPEG 2000 series with empty UIDs",
    .enabled(if: FileManager.default.fileExists(atPath: DICOMData.ct), "no shared data"))
  func computedTomography() throws {
    let list = try DICOMSeries.discover(in: [DICOMData.ct])
    try #require(list.count == 1)
    #expect(list[0].problems.isEmpty)
    #expect(list[0].seriesInstanceUID == nil && list[0].studyInstanceUID == nil)
    let summary = list[0].summary
    #expect(summary.images == 20)
    #expect(summary.modality == "CT" && summary.description == "CT Body 3.0")
    #expect(summary.dimensions == [512, 512, 20])
    #expect(summary.spacing == [0.9765625, 0.9765625, 2])
    #expect(summary.orientation == .lps)

    let image = try list[0].load(threads: 2)
    #expect(image.units == "HU" && image.modality == "CT" && image.warnings.isEmpty)
    guard case .int16(let volume) = image.volume else {
      Issue.record("expected Int16 voxels")
      return
    }
    // Sum and extremes by pydicom with pylibjpeg-openjpeg.
    #expect(volume.voxels.reduce(0) { $0 + Int($1) } == -3_272_217_339)
    #expect(volume.voxels.min() == -1024 && volume.voxels.max() == 1839)

    let labels = try niftiIntegers(SharedData.path("ct/totalsegmentator/example_seg_dicom.nii.gz"))
    #expect(volume.grid.reoriented(to: labels.grid.orientation).isClose(to: labels.grid, tolerance: 1e-3))
    let (scan, organs) = (volume.reoriented(to: .ras), labels.reoriented(to: .ras))
    for (label, voxels, mean) in [(1, 130_634, 79.569), (5, 366_708, 89.305), (52, 11_723, 177.308)] {
      let inside = organs.voxels.indices.filter { organs.voxels[$0] == label }
      let sum = inside.reduce(0) { $0 + Int(scan.voxels[$1]) }
      #expect(inside.count == voxels)
      #expect(abs(Double(sum) / Double(voxels) - mean) < 5e-4, "mean HU of label \(label)")
    }
  }

  @Test(
    "the number of threads changes nothing",
    .enabled(if: FileManager.default.fileExists(atPath: DICOMData.ct), "no shared data"))
  func threads() throws {
    let series = try #require(try DICOMSeries.discover(in: [DICOMData.ct]).first)
    let one = try series.load(threads: 1).volume.float.voxels
    for count in [2, 7, 64] { #expect(try series.load(threads: count).volume.float.voxels == one) }
  }

  @Test(
    "a tilted gantry and varying steps",
    .enabled(if: FileManager.default.fileExists(atPath: DICOMData.tilted), "no shared data"))
  func tilt() throws {
    let series = try #require(try DICOMSeries.discover(in: [DICOMData.tilted]).first)
    #expect(series.slices.count == 28)
    var isTilted = false, runs: [(count: Int, step: Double)] = []
    for problem in series.problems {
      switch problem {
      case .gantryTilt(let degrees, _): isTilted = abs(degrees - 18.5) < 0.01
      case .irregularSpacing(let gap): runs = gap.runs
      default: Issue.record("unexpected: \(problem)")
      }
    }
    #expect(isTilted)
    #expect(runs.map(\.count) == [13, 1, 13])
    #expect(zip(runs.map(\.step), [4.002, 1.081, 6.999]).allSatisfy { abs($0 - $1) < 1e-3 })
    let error = #expect(throws: FormatError.self) { try series.load() }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("gantry tilt of 18.5 degrees") == true)
    let irregular = #expect(throws: FormatError.self) { try series.load(DICOMLoadOptions()) }
    #expect(irregular?.message.contains("irregular spacing") == true)
  }

  @Test(
    "a tilted, irregular head comes out upright",
    .enabled(if: FileManager.default.fileExists(atPath: DICOMData.tilted), "no shared data"))
  func rectified() throws {
    let series = try #require(try DICOMSeries.discover(in: [DICOMData.tilted]).first)
    let image = try series.load(DICOMLoadOptions(threads: 2, irregular: .resample))
    let volume = image.volume.float
    #expect(image.warnings.count == 2)
    #expect(volume.grid.dimensions == [512, 611, 134])
    #expect(volume.grid.affine.shear < 1e-12 && abs(volume.grid.spacing.z - 1.08108896) < 1e-7)
    // By pydicom and scipy.ndimage.map_coordinates, voxel by voxel from world positions; see Tests/oracles.
    let sum = volume.voxels.reduce(0) { $0 + Double($1) }
    #expect(abs(sum / -33_835_387_093.866 - 1) < 1e-7)
  }

  @Test(
    "every transfer syntax decodes to the uncompressed values",
    .enabled(if: FileManager.default.fileExists(atPath: DICOMData.transferSyntaxes), "no shared data"))
  func transferSyntaxes() throws {
    let files = try DICOMData.files(DICOMData.transferSyntaxes)
    let volumes = try files.map { try #require(try DICOMSeries.discover(in: [$0]).first).load().volume }
    let uids = try files.map { try DICOMFile($0).transferSyntax.uid }
    let uncompressed = try #require(uids.firstIndex(of: "1.2.840.10008.1.2.1"))
    #expect(Set(uids).count == 5)
    for (uid, volume) in zip(uids, volumes) {
      #expect(volume.float.voxels == volumes[uncompressed].float.voxels, "\(uid)")
      #expect(volume.grid == volumes[uncompressed].grid, "\(uid)")
    }
  }

  /// The files are mosaics: 35 slices of 64x64 in 6x6 tiles.
  @Test(
    "nine encodings of one image",
    .enabled(if: FileManager.default.fileExists(atPath: DICOMData.encodings), "no shared data"))
  func encodings() throws {
    let reference = try niftiIntegers(SharedData.path("dicom/encodings/reference.nii"))
    let files = try DICOMData.files(DICOMData.encodings)
    #expect(files.count == 9)
    for file in files {
      let series = try #require(try DICOMSeries.discover(in: [file]).first)
      let volume = try series.load(DICOMLoadOptions(threads: 2, orientation: reference.grid.orientation)).volume
      #expect(volume.grid.isClose(to: reference.grid, tolerance: 0.01), "\(file): \(volume.grid), \(reference.grid)")
      #expect(volume.float.voxels == reference.voxels.map(Float.init), "\(file)")
    }
  }
}
