import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("NRRD files of others")
struct NRRDRealDataTests {
  @Test(
    "an oblique gzip NRRD equals its NIfTI",
    .enabled(if: SharedData.has("nrrd/FLAIR.nrrd"), "needs ../shared/data/nrrd"))
  func flair() throws {
    let image = try FormatRegistry.read(path: SharedData.path("nrrd/FLAIR.nrrd"))
    let reference = try FormatRegistry.read(path: SharedData.path("nrrd/FLAIR.nii.gz"))
    #expect(image.volume.type == .uint8)
    // NIfTI-1 keeps 32-bit floats.
    #expect(image.volume.grid.isClose(to: reference.volume.grid, tolerance: 1e-4))
    #expect(image.volume.converted64 == reference.volume.converted64)
    #expect(image.warnings.isEmpty)
  }

  @Test(
    "pyradiomics' image and label lie on one grid, with the volume and the mean it states",
    .enabled(if: SharedData.has("nrrd/brain1_image.nrrd"), "needs ../shared/data/nrrd"))
  func brain() throws {
    let image = try FormatRegistry.read(path: SharedData.path("nrrd/brain1_image.nrrd")).volume
    let label = try FormatRegistry.read(path: SharedData.path("nrrd/brain1_label.nrrd")).volume
    #expect(image.type == .int16 && label.type == .int32)
    #expect(image.grid == label.grid)
    #expect(
      image.grid.isClose(
        to: Grid(
          dimensions: [256, 256, 25],
          affine: Affine(x: [-0.78125, 0, 0], y: [0, 0.78125, 0], z: [0, 0, 6.5], t: [99.609375, -99.609375, -78])),
        tolerance: 1e-9))
    let inside = zip(image.converted64, label.converted64).filter { $0.1 == 1 }.map(\.0)
    let volume = try Self.baseline("shape", "VoxelVolume")
    let mean = try Self.baseline("firstorder", "Mean")
    #expect(abs(Double(inside.count) * image.grid.affine.voxelVolume - volume) < 1e-6 * volume)
    #expect(abs(inside.reduce(0, +) / Double(inside.count) - mean) < 1e-6 * mean)
  }

  /// What pyradiomics says of the first case.
  private static func baseline(_ table: String, _ feature: String) throws -> Double {
    let bytes = try ByteSource.contents(of: SharedData.path("nrrd/baseline_\(table).csv"), upTo: 1 << 20)
    let rows = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let column = try #require(rows.first?.firstIndex { $0.contains("brain1") })
    let row = try #require(rows.first { $0.first?.hasSuffix("\(table)_\(feature)") == true })
    return try #require(Double(row[column]))
  }
}
