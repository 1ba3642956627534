import VoxCommand
import VoxFormats
import VoxGrid
import VoxStream

/// The DICOM series the scan was made from.
struct ReferenceSeries: Sendable {
  /// Writes captures on the series.
  let writer: SecondaryCaptureWriter
  /// The scan in the series' own pixel order: columns, rows, slices.
  let image: Volume<Float>

  /// Finds and decodes the series in a directory that a stream's image was made from.
  ///
  /// Of several series the one the stream names is taken.
  ///
  /// - Throws: ``FormatError``; ``CommandError`` when the directory holds no series, or several and none is named.
  init(_ directory: String, for source: StreamHeader.Source?, threads: Int) throws {
    let found = try DICOMSeries.discover(in: [directory])
    let named = found.filter { $0.seriesInstanceUID != nil && $0.seriesInstanceUID == source?.seriesInstanceUID }
    let candidates = named.isEmpty ? found : named
    guard let series = candidates.first else {
      throw CommandError(
        .missingInput, "\(directory): expected a DICOM series, found none; name the directory of the scan")
    }
    guard candidates.count == 1 else {
      throw CommandError(
        .usage,
        "\(directory): expected one DICOM series, found \(candidates.count) and none that the stream names; "
          + "name the directory of one of them")
    }
    writer = try SecondaryCaptureWriter(source: series)
    image = try series.load(threads: threads).volume.float
  }

  /// Whether any voxel centre of the series lies in a grid.
  func overlaps(_ grid: Grid) -> Bool {
    guard let toIndex = grid.affine.inverse else { return false }
    let last = SIMD3<Double>(image.grid.dimensions) - 1
    let size = SIMD3<Double>(grid.dimensions)
    let steps = 8
    return (0..<steps * steps * steps).contains { step in
      let fraction = SIMD3(Double(step % steps), Double(step / steps % steps), Double(step / (steps * steps)))
      let index = toIndex(image.grid.affine(last * fraction / Double(steps - 1)))
      return all(index .>= -0.5) && all(index .<= size - 0.5)
    }
  }
}
