import VoxGrid

/// Reads the volumes of an array that a text header describes.
///
/// Volumes that lie in one piece each are read one by one; where they are interleaved, the whole array is read once.
final class StoredArrayReader: ImageReader {
  let header: ImageHeader
  /// The source's modality in DICOM's words.
  var modality: String?
  /// What a stored number means; `nil` where it means itself.
  var scaling: (slope: Double, intercept: Double)?
  /// The label tables of volumes, by their index, where they differ.
  var tables: [Int: LabelTable] = [:]

  private let array: StoredArray
  private let source: ByteSource
  private var next = 0
  private var whole: AnyVolume?

  /// Makes a reader.
  ///
  /// - Parameters:
  ///   - header: its grid has the dimensions of the array.
  ///   - source: stands at the array's first byte.
  init(_ array: StoredArray, header: ImageHeader, from source: ByteSource) {
    (self.array, self.header, self.source) = (array, header, source)
  }

  func read(volume index: Int) throws(FormatError) -> ScanImage {
    precondition(index >= next && index < header.volumes, "volumes are read in rising order")
    var volume = try array.isSequential ? piece(index) : interleaved(index)
    next = index + 1
    if let scaling { volume = volume.scaled(slope: scaling.slope, intercept: scaling.intercept) }
    var image = ScanImage(volume: volume)
    image.modality = modality
    image.units = header.units
    image.labels = tables.isEmpty ? header.labels : tables[index] ?? LabelTable()
    image.warnings = header.warnings
    return image
  }

  private func piece(_ index: Int) throws(FormatError) -> AnyVolume {
    let size = header.grid.count * array.voxelType.size
    try source.skip((index - next) * size, of: "voxels")
    let volume = try source.volume(of: array.voxelType, on: header.grid, isBigEndian: array.isBigEndian)
    if index + 1 == header.volumes { try source.verifyEnd() }
    return volume
  }

  private func interleaved(_ index: Int) throws(FormatError) -> AnyVolume {
    if whole == nil {
      let row = Grid(dimensions: [array.count, 1, 1], affine: .identity)
      whole = try source.volume(of: array.type, on: row, isBigEndian: array.isBigEndian)
      try source.verifyEnd()
    }
    guard let all = whole else { throw FormatError(.malformed, "expected voxels, found none") }
    if index + 1 == header.volumes { whole = nil }
    return array.volume(index, of: all, on: header.grid)
  }
}
