import VoxGrid

/// NRRD, with the voxels behind the header (`.nrrd`) or in files of their own (`.nhdr`).
///
/// - Source: <https://teem.sourceforge.net/nrrd/format.html>.
public enum NRRDFormat: WritableImageFormat {
  public static let name = "NRRD"
  public static let summary =
    "raw, gzip, text and hexadecimal, detached data, every space and kind of axis; names and colours of `.seg.nrrd`"
  public static let extensions = ["nrrd", "nhdr"]
  public static let writableExtensions = ["nrrd", "nhdr"]

  public static func recognizes(_ prefix: [UInt8]) -> Bool { prefix.starts(with: Array("NRRD0".utf8)) }

  public static func open(_ source: ByteSource, _ options: ReadOptions) throws(FormatError) -> any ImageReader {
    let header = try NRRDHeader(from: source)
    let array = header.array
    let grid = Grid(dimensions: array.dimensions, affine: header.affine)
    var summary = ImageHeader(
      grid: grid, volumes: array.volumes, type: array.voxelType.name, warnings: header.warnings)
    let tables = SegmentationNRRD.labelTables(header.pairs, layers: array.volumes)
    summary.labels = tables.isEmpty ? nil : LabelTable(tables.sorted { $0.key < $1.key }.flatMap(\.value.labels))
    let reader = StoredArrayReader(array, header: summary, from: try header.data.open(array, behind: source))
    reader.tables = tables
    return reader
  }

  /// Writes gzip behind the header, or for `.nhdr` plain voxels in a `.raw` file beside it.
  ///
  /// A `.seg.nrrd` gets the names and colours of its labels.
  public static func write(_ image: ScanImage, to path: String, threads: Int) throws(FormatError) {
    let name = path.lowercased()
    if name.hasSuffix(".seg.nrrd") {
      guard let labels = image.volume.labels else {
        throw FormatError(
          .unsupported, "expected whole numbers for a segmentation, found others; choose a name without .seg",
          at: .file(path))
      }
      try SegmentationNRRD.write(labels, table: image.labels ?? LabelTable(), path: path, threads: threads)
      return
    }
    var text = NRRDText(image.volume.grid, image.volume.type)
    if name.hasSuffix(".nhdr") {
      text.dataFile = try DetachedVoxels.write(image.volume, beside: path)
      let sink = try ByteSink(path: path)
      try sink.write(text.bytes)
      try sink.finish()
    } else {
      let sink = try ByteSink(path: path, threads: threads)
      try sink.write(text.bytes)
      try sink.compressRest()
      try sink.write(image.volume)
      try sink.finish()
    }
  }
}
