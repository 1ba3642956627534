import VoxGrid

/// Voxels without a header, described by options; read only where those are given.
///
/// The axes are taken as RAS, the first voxel lying at the world's origin.
public enum RawFormat: WritableImageFormat {
  public static let name = "raw"
  public static let summary =
    "voxels alone, described by options"
  public static let extensions = ["raw", "raw.gz"]
  public static let writableExtensions = ["raw", "raw.gz"]

  /// Any bytes may be voxels.
  public static func recognizes(_ prefix: [UInt8]) -> Bool { false }

  public static func open(_ source: ByteSource, _ options: ReadOptions) throws(FormatError) -> any ImageReader {
    guard let layout = options.raw else {
      throw FormatError(
        .unsupported, "expected a description of the raw voxels, found none; give --raw-size X,Y,Z and --raw-type")
    }
    guard all(layout.spacing .> 0), all(layout.spacing .< .infinity) else {
      throw FormatError(.malformed, "expected positive distances between raw voxels, found \(layout.spacing)")
    }
    let size = layout.size
    let type = StoredType.voxel(layout.type)
    let array = try StoredArray(
      type, isBigEndian: layout.isBigEndian, axes: [(size.x, .space), (size.y, .space), (size.z, .space)])
    var data = DataSection()
    data.byteSkip = layout.skip
    guard layout.skip >= 0 else {
      throw FormatError(.malformed, "expected a number of bytes to skip, found \(layout.skip)")
    }
    let grid = Grid(dimensions: size, affine: Affine(spacing: layout.spacing))
    return StoredArrayReader(
      array, header: ImageHeader(grid: grid, type: type.name), from: try data.open(array, behind: source))
  }

  /// Writes the voxels, little-endian.
  public static func write(_ image: ScanImage, to path: String, threads: Int) throws(FormatError) {
    let sink = try ByteSink(path: path, threads: threads)
    try sink.write(image.volume)
    try sink.finish()
  }

  public static func readingHint(_ image: ScanImage, path: String) -> String? {
    let (n, s) = (image.volume.grid.dimensions, image.volume.grid.spacing)
    return "read it with: ctx2nii \(path) --raw-size \(n.x),\(n.y),\(n.z) --raw-type \(image.volume.type.rawValue) "
      + "--raw-spacing \(s.x),\(s.y),\(s.z) --raw-endian little"
  }
}
