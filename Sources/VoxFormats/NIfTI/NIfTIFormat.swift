import VoxGrid

/// NIfTI-1 and NIfTI-2, single files and pairs, compressed or not.
///
/// - Source: <https://nifti.nimh.nih.gov/nifti-1>, <https://nifti.nimh.nih.gov/nifti-2>.
public enum NIfTIFormat: WritableImageFormat {
  public static let name = "NIfTI"
  public static let summary =
    "versions 1 and 2, single files and pairs, either byte order, up to seven axes, colours"
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

  public static func open(_ source: ByteSource, _ options: ReadOptions) throws(FormatError) -> any ImageReader {
    NIfTIImageReader(try NIfTIReader(source))
  }

  /// Reads the only volume.
  public static func read(_ source: ByteSource) throws(FormatError) -> ScanImage {
    try open(source, ReadOptions()).onlyVolume()
  }

  public static func write(_ image: ScanImage, to path: String, threads: Int) throws(FormatError) {
    try write(image, to: ByteSink(path: path, threads: threads))
  }

  /// Writes one volume and finishes the sink.
  public static func write(_ image: ScanImage, to sink: ByteSink) throws(FormatError) {
    var header = NIfTIHeader(grid: image.volume.grid, type: image.volume.type)
    if image.labels != nil { header.intent = NIfTIHeader.labelIntent }
    let writer = try NIfTIWriter(header, to: sink)
    try writer.write(image.volume)
    try writer.finish()
  }
}

/// A NIfTI whose volumes are read one by one.
private final class NIfTIImageReader: ImageReader {
  let header: ImageHeader
  private let reader: NIfTIReader
  private var next = 0

  init(_ reader: NIfTIReader) {
    let layout = reader.header
    var header = ImageHeader(
      grid: layout.grid, volumes: layout.volumes, type: layout.datatype.stored?.name ?? "\(layout.datatype)",
      warnings: layout.warnings)
    header.labels = layout.labels ?? (layout.intent == NIfTIHeader.labelIntent ? LabelTable() : nil)
    (self.header, self.reader) = (header, reader)
  }

  func read(volume index: Int) throws(FormatError) -> ScanImage {
    while next < index {
      try reader.skip()
      next += 1
    }
    guard let volume = try reader.next() else {
      throw FormatError(.malformed, "expected volume \(index + 1), found \(header.volumes) volumes")
    }
    next += 1
    var image = ScanImage(volume: volume)
    image.warnings = header.warnings
    image.labels = header.labels
    image.extensions = reader.header.extensions
    return image
  }
}
