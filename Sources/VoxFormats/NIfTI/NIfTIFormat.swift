import VoxGrid

/// NIfTI-1 and NIfTI-2, single files and pairs, compressed or not.
///
/// - Source: <https://nifti.nimh.nih.gov/nifti-1>, <https://nifti.nimh.nih.gov/nifti-2>.
public enum NIfTIFormat: WritableImageFormat {
  public static let name = "NIfTI"
  public static let extensions = ["nii", "nii.gz", "hdr", "hdr.gz", "img", "img.gz"]
  public static let writableExtensions = ["nii", "nii.gz"]

  public static func recognizes(_ prefix: [UInt8]) -> Bool { NIfTIHeader.recognizes(prefix) }

  /// The header of a pair holds the way to its voxels, not the reverse.
  public static func entry(of path: String) -> String {
    for (voxels, header) in [(".img", ".hdr"), (".img.gz", ".hdr"), (".img.gz", ".hdr.gz")]
    where path.lowercased().hasSuffix(voxels) {
      let candidate = String(path.dropLast(voxels.count)) + header
      if ByteSource.exists(candidate) { return candidate }
    }
    return path
  }

  public static func read(_ source: ByteSource) throws(FormatError) -> ScanImage {
    let reader = try NIfTIReader(source)
    guard reader.header.volumes == 1, let volume = try reader.next() else {
      throw FormatError(
        .unsupported, "expected one volume, found \(reader.header.volumes) along the fourth axis; extract one of them")
    }
    var image = ScanImage(volume: volume)
    image.warnings = reader.header.warnings
    image.labels = reader.header.labels
    return image
  }

  public static func write(_ image: ScanImage, to sink: ByteSink) throws(FormatError) {
    var header = NIfTIHeader(grid: image.volume.grid, type: image.volume.type)
    if image.labels != nil { header.intent = NIfTIHeader.labelIntent }
    let writer = try NIfTIWriter(header, to: sink)
    try writer.write(image.volume)
    try writer.finish()
  }
}
