import Foundation
import VoxFormats
import VoxGrid

/// Real scans that lie beside the repository and are never part of it.
enum DICOMData {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../../shared/data")
    .standardized
  /// 20 CT slices in JPEG 2000 with empty UIDs.
  static let ct = path("ct/totalsegmentator/example_ct_dicom")
  static let tilted = path("dicom/gantry-tilt/GE")
  static let encodings = path("dicom/encodings/In")
  static let transferSyntaxes = path("dicom/transfer-syntaxes")

  static func path(_ name: String) -> String { root.appending(path: name).path }

  static func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Files of a directory in sorted order.
  static func files(_ directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted().map { "\(directory)/\($0)" }
  }

  static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }
}

/// A directory that is removed with the last reference to it.
final class Scratch {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "voxplain-dicom-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: file))
    return file
  }
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

/// Numbers that are the same on every run.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
