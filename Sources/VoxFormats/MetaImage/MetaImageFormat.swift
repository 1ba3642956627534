import VoxGrid

/// MetaImage, with the voxels behind the header (`.mha`) or in files of their own (`.mhd`).
///
/// - Source: <https://itk.org/Wiki/MetaIO/Documentation>; ITK `itkMetaImageIO.cxx` for the world's axes.
public enum MetaImageFormat: WritableImageFormat {
  public static let name = "MetaImage"
  public static let summary =
    "local, detached and listed data, compressed or not, binary or text"
  public static let extensions = ["mha", "mhd"]
  public static let writableExtensions = ["mha", "mhd"]

  public static func recognizes(_ prefix: [UInt8]) -> Bool {
    let text = String(decoding: prefix, as: UTF8.self)
    guard let first = MetaImageHeader.field(text.prefix { !$0.isNewline })?.name else { return false }
    return first == "ObjectType" || MetaImageHeader.firstFields.contains(first) && text.contains("NDims")
  }

  public static func open(_ source: ByteSource, _ options: ReadOptions) throws(FormatError) -> any ImageReader {
    let header = try MetaImageHeader(from: source)
    let array = header.array
    let summary = ImageHeader(
      grid: Grid(dimensions: array.dimensions, affine: header.affine), volumes: array.volumes,
      type: array.voxelType.name, warnings: header.warnings)
    let reader = StoredArrayReader(array, header: summary, from: try header.data.open(array, behind: source))
    (reader.scaling, reader.modality) = (header.scaling, header.modality)
    return reader
  }

  /// Writes plain voxels behind the header, or for `.mhd` in a `.raw` file beside it.
  public static func write(_ image: ScanImage, to path: String, threads: Int) throws(FormatError) {
    let isDetached = path.lowercased().hasSuffix(".mhd")
    let dataFile = isDetached ? try DetachedVoxels.write(image.volume, beside: path) : "LOCAL"
    let sink = try ByteSink(path: path)
    try sink.write(MetaImageText.header(image.volume.grid, image.volume.type, dataFile: dataFile))
    if !isDetached { try sink.write(image.volume) }
    try sink.finish()
  }
}
