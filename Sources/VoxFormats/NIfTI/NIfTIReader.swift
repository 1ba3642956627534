public import VoxGrid

/// Reads a NIfTI file volume by volume, so that a file of many volumes never lies in memory as a whole.
public final class NIfTIReader {
  /// What the header says.
  public let header: NIfTIHeader
  /// Volumes not yet read.
  public private(set) var remaining: Int

  private let voxels: ByteSource

  /// Reads the header and finds the voxels: in the same file, or in `NAME.img` beside `NAME.hdr`.
  ///
  /// - Throws: ``FormatError`` when the header is wrong or the file too short for the voxels it announces.
  public init(_ source: ByteSource) throws(FormatError) {
    header = try NIfTIHeader(from: source)
    voxels = header.isPair ? try Self.image(beside: source) : source
    if header.isPair { try voxels.skip(header.voxelOffset, of: "the bytes before the voxels") }
    remaining = header.volumes
    try voxels.expect(header.storedSize, of: "voxels")
  }

  /// The next volume, rescaled to its units; `nil` after the last.
  ///
  /// An identity scaling keeps integers as they are; any other gives floats. Of 64-bit integers ``StoredType`` tells.
  ///
  /// - Throws: ``FormatError`` when the file ends early.
  public func next() throws(FormatError) -> AnyVolume? {
    guard remaining > 0 else { return nil }
    guard let type = header.datatype.stored else {
      throw FormatError(.unsupported, "voxels of type \(header.datatype) cannot be read")
    }
    let volume = try voxels.volume(of: type, on: header.grid, isBigEndian: header.isBigEndian)
    remaining -= 1
    if remaining == 0 { try voxels.verifyEnd() }
    guard let scaling = header.scaling else { return volume }
    return volume.scaled(slope: scaling.slope, intercept: scaling.inter)
  }

  /// Passes over the next volume.
  public func skip() throws(FormatError) {
    guard remaining > 0 else { return }
    try voxels.skip(header.storedSize / header.volumes, of: "voxels")
    remaining -= 1
  }

  private static func image(beside source: ByteSource) throws(FormatError) -> ByteSource {
    guard let path = source.path else {
      throw FormatError(.unsupported, "a header whose voxels lie in another file cannot be read from a pipe")
    }
    let base = String(path.dropLast(path.lowercased().hasSuffix(".gz") ? 7 : 4))
    for suffix in [".img", ".img.gz", ".IMG"] where ByteSource.exists(base + suffix) {
      return try ByteSource(path: base + suffix)
    }
    throw FormatError(.unreadable, "the file with the voxels, \(base).img, is missing")
  }
}
