import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

/// What a damaged file may do: give an error of the formats, or volumes that its bytes can hold.
enum DamagedFile {
  /// Reads all volumes of a file.
  ///
  /// - Parameter ratio: bytes of voxels that one byte of the file may stand for.
  /// - Returns: whether the file was read.
  @discardableResult
  static func read(
    _ bytes: [UInt8], _ options: ReadOptions = ReadOptions(), ratio: Int = 1,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Bool {
    var options = options
    options.maxVoxels = 1 << 20
    do {
      let reader = try FormatRegistry.open(ByteSource(bytes), options)
      let header = reader.header
      // A 64-bit integer may become 32 bits; every other type keeps its size.
      let size = VoxelType(rawValue: header.type)?.size ?? 8
      let total = header.grid.count * header.volumes * size
      #expect(
        total <= bytes.count * ratio, "\(total) bytes of voxels from \(bytes.count)", sourceLocation: sourceLocation)
      for volume in 0..<header.volumes {
        let grid = try reader.read(volume: volume).volume.grid
        #expect(grid == header.grid, sourceLocation: sourceLocation)
        let affine = grid.affine
        #expect(affine.rows.allSatisfy { ($0 * 0) == .zero }, "not finite: \(affine)", sourceLocation: sourceLocation)
      }
      return true
    } catch {
      #expect(error.code == .malformed || error.code == .unsupported || error.code == .unreadable, "\(error)")
      return false
    }
  }
}
