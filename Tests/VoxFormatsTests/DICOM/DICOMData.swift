import Foundation
import VoxFormats
import VoxGrid
import _VoxTestSupport

/// Real DICOM files of ../shared/data.
enum DICOMData {
  /// 20 CT slices in JPEG 2000 with empty UIDs.
  static let ct = SharedData.path("ct/totalsegmentator/example_ct_dicom")
  static let tilted = SharedData.path("dicom/gantry-tilt/GE")
  static let encodings = SharedData.path("dicom/encodings/In")
  static let transferSyntaxes = SharedData.path("dicom/transfer-syntaxes")

  /// Files of a directory in sorted order.
  static func files(_ directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted().map { "\(directory)/\($0)" }
  }

  static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }
}

/// An uncompressed or gzipped little-endian NIfTI-1 of 8- or 16-bit integers, read by offsets of the specification.
func niftiIntegers(_ path: String) throws -> Volume<Int16> {
  let source = try ByteSource(path: path)
  let header = try source.bytes(352, of: "header")
  func field<Value>(_ offset: Int, as type: Value.Type) -> Value {
    header.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
  }
  let size = (0..<3).map { Int(field(42 + 2 * $0, as: Int16.self)) }
  let rows = (0..<3).map { field(280 + 16 * $0, as: SIMD4<Float>.self) }.map { SIMD4<Double>($0) }
  let grid = Grid(dimensions: [size[0], size[1], size[2]], affine: Affine(rows: rows[0], rows[1], rows[2]))
  try source.skip(Int(field(108, as: Float.self)) - 352, of: "extensions")
  let voxels: [Int16] =
    field(72, as: Int16.self) == 8
    ? try source.values(grid.count, as: UInt8.self, of: "voxels").map(Int16.init)
    : try source.values(grid.count, as: Int16.self, of: "voxels")
  return Volume(grid: grid, voxels: voxels)
}
