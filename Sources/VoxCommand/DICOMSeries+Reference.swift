public import VoxFormats

extension DICOMSeries {
  /// Finds the series in a directory that an image was made from, or belongs to.
  ///
  /// Of several series the one of the given UID and part is taken.
  ///
  /// - Throws: ``FormatError``; ``CommandError`` when the directory holds no series, or several and none is named.
  public static func reference(in directory: String, named uid: String?, part: String?) throws -> DICOMSeries {
    let found = try discover(in: [directory])
    let named = found.filter { $0.seriesInstanceUID != nil && $0.seriesInstanceUID == uid }
    let exact = named.filter { $0.part == part }
    let candidates = exact.isEmpty ? named.isEmpty ? found : named : exact
    guard let series = candidates.first else {
      throw CommandError(
        .missingInput, "\(directory): expected a DICOM series, found none; name the directory of the scan")
    }
    guard candidates.count == 1 else {
      let list = candidates.map { "\n  \($0.seriesInstanceUID ?? "no UID"), \($0.slices.count) images" }.joined()
      throw CommandError(
        .usage,
        "\(directory): expected one DICOM series, found \(candidates.count) and none that the stream names; "
          + "name the directory of one of them:\(list)")
    }
    return series
  }
}
