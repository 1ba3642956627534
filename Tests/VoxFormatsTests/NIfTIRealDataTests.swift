import Glibc
import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("NIfTI files of others")
struct NIfTIRealDataTests {
  /// What nibabel 5 says of a file.
  struct Example: CustomTestStringConvertible, Sendable {
    let file: String
    let dimensions: SIMD3<Int>
    let volumes: Int
    let type: VoxelType
    let affine: Affine
    let mean: Double
    var testDescription: String { file }
  }

  static let examples = [
    Example(
      file: "nifti/nibabel/anatomical.nii", dimensions: [33, 41, 25], volumes: 1, type: .int16,
      affine: Affine(spacing: [-2, 2, 2], origin: [32, -40, -16]), mean: 8401.066725794532),
    Example(
      file: "nifti/nibabel/reoriented_anat_moved.nii", dimensions: [21, 26, 22], volumes: 1, type: .float32,
      affine: Affine(spacing: [4, 4, 4], origin: [-35.29789733886719, -47.97758483886719, -27.599409103393555]),
      mean: 2725.588532230912),
    Example(
      file: "nifti/nibabel/functional.nii", dimensions: [17, 21, 3], volumes: 20, type: .float32,
      affine: Affine(spacing: [-4, 4, 8], origin: [32, -40, 0]), mean: 3637.408513675239),
    Example(
      file: "nifti/nibabel/example4d.nii.gz", dimensions: [128, 96, 24], volumes: 2, type: .int16,
      affine: Affine(
        x: [-2, -6.71471565e-19, 8.25548089e-18], y: [6.71471565e-19, 1.97371149, 0.323207617],
        z: [9.08102451e-18, -0.355528235, 2.17108178], t: [117.855103, -35.7229424, -7.24879837]),
      mean: 172.90811505),
  ]

  @Test(
    "dimensions, type, affine and mean are as nibabel reads them",
    .enabled(if: SharedData.has("nifti/nibabel"), "needs ../shared/data/nifti/nibabel"), arguments: examples)
  func nibabel(_ example: Example) throws {
    let reader = try NIfTIReader(ByteSource(path: SharedData.path(example.file)))
    #expect(reader.header.grid.dimensions == example.dimensions)
    #expect(reader.header.volumes == example.volumes)
    #expect(reader.header.grid.affine.isClose(to: example.affine, tolerance: 1e-6))
    var (sum, count) = (0.0, 0)
    while let volume = try reader.next() {
      // functional.nii scales its 16-bit integers.
      #expect(volume.type == example.type)
      let values = volume.converted64
      sum += values.reduce(0, +)
      count += values.count
    }
    #expect(count == example.dimensions.x * example.dimensions.y * example.dimensions.z * example.volumes)
    #expect(abs(sum / Double(count) - example.mean) < 1e-4 * abs(example.mean))
  }

  @Test("NIfTI-2 is read", .enabled(if: SharedData.has("nifti/nibabel"), "needs ../shared/data/nifti/nibabel"))
  func nifti2() throws {
    let reader = try NIfTIReader(ByteSource(path: SharedData.path("nifti/nibabel/example_nifti2.nii.gz")))
    #expect(reader.header.grid.dimensions == [32, 20, 12])
    #expect(reader.header.volumes == 2)
    var means: [Double] = []
    while let volume = try reader.next() {
      let values = volume.converted64
      means.append(values.reduce(0, +) / Double(values.count))
    }
    #expect(means == [450.7484375, 451.17890625])
  }

  static let codes = [
    "AIL", "ALI", "ARI", "ASL", "IAL", "ILA", "IPL", "IRA", "LAI", "LIA", "LPI", "LSA", "PIL", "PLI", "PRI", "PSL",
    "RAI", "RAS", "RIP", "RPS", "RSP", "SAR", "SLP", "SPR", "SRP",
  ]

  @Test(
    "one volume in 25 orientations is one volume in RAS",
    .enabled(if: SharedData.has("nifti/orientations"), "needs ../shared/data/nifti/orientations"), arguments: codes)
  func orientations(code: String) throws {
    let reference = try FormatRegistry.read(path: SharedData.path("nifti/orientations/RAS.nii.gz")).volume
    let volume = try FormatRegistry.read(path: SharedData.path("nifti/orientations/\(code).nii.gz")).volume
    #expect(volume.grid.orientation.description == code)
    let moved = volume.reoriented(to: .ras)
    #expect(moved.grid.isClose(to: reference.grid, tolerance: 1e-3))
    #expect(moved.converted64 == reference.converted64)
  }

  @Test(
    "a sheared sform beside another qform gives a warning",
    .enabled(if: SharedData.has("nifti/shear.nii.gz"), "needs ../shared/data/nifti/shear.nii.gz"))
  func shear() throws {
    let image = try FormatRegistry.read(path: SharedData.path("nifti/shear.nii.gz"))
    #expect(image.warnings.contains { $0.contains("disagree") })
    #expect(image.volume.grid.affine.shear > 0.1)
  }

  @Test(
    "TotalSegmentator's label table is found",
    .enabled(if: SharedData.has("ct/totalsegmentator"), "needs ../shared/data/ct/totalsegmentator"))
  func labelTable() throws {
    let image = try FormatRegistry.read(path: SharedData.path("ct/totalsegmentator/example_seg_dicom.nii.gz"))
    let labels = try #require(image.labels)
    #expect(labels.name(1) == "spleen")
    #expect(labels.color(1) == [0, 255, 0])
    #expect(labels.name(5) == "liver")
    #expect(labels.labels.count > 30)
    #expect(image.volume.grid.orientation.description == "LAS")
  }

  /// Turned by 0.1, 0.2 and 0.3 radians and moved by 3, 4 and 5 mm, as whoever resliced it with SPM12 did first.
  private static func moved(_ affine: Affine) -> Affine {
    let (x, y, z) = (0.3, 0.2, 0.1)
    let aboutX = Affine(rows: [1, 0, 0, 0], [0, cos(x), -sin(x), 0], [0, sin(x), cos(x), 0])
    let aboutY = Affine(rows: [cos(y), 0, sin(y), 0], [0, 1, 0, 0], [-sin(y), 0, cos(y), 0])
    let aboutZ = Affine(rows: [cos(z), -sin(z), 0, 0], [sin(z), cos(z), 0, 0], [0, 0, 1, 0])
    var motion = aboutX * aboutY * aboutZ
    motion.t = [3, 4, 5]
    return motion * affine
  }

  @Test(
    "a turned volume resampled linearly is what SPM12 made of it, but for rounding",
    .enabled(if: SharedData.has("nifti/nibabel"), "needs ../shared/data/nifti/nibabel"),
    arguments: [("resampled_anat_moved.nii", 900), ("reoriented_anat_moved.nii", 3800)])
  func resliced(name: String, inside: Int) throws {
    var anatomy = try FormatRegistry.read(path: SharedData.path("nifti/nibabel/anatomical.nii")).volume.float
    anatomy.grid.affine = Self.moved(anatomy.grid.affine)
    let reference = try FormatRegistry.read(path: SharedData.path("nifti/nibabel/\(name)")).volume
    let found = try anatomy.resampled(onto: reference.grid, fill: .nan)
    let toIndex = try #require(anatomy.grid.affine.inverse) * reference.grid.affine
    let last = SIMD3<Double>(anatomy.grid.dimensions) - 1
    let expected = reference.converted64
    // Programs differ in what they do with the outermost half voxel.
    var compared = 0
    for offset in expected.indices where !expected[offset].isNaN {
      let place = toIndex(SIMD3<Double>(reference.grid.index(offset)))
      guard (0..<3).allSatisfy({ 0.05...last[$0] - 0.05 ~= place[$0] }) else { continue }
      #expect(abs(Double(found.voxels[offset]) - expected[offset]) <= 0.05, "voxel \(offset)")
      compared += 1
    }
    #expect(compared > inside)
    #expect(expected.reduce(0) { $1.isNaN ? $0 : max($0, $1) } > 10_000)
  }
}
