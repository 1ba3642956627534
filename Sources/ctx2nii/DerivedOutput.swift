import VoxCommand
import VoxFormats
import VoxGrid

/// The derived DICOM series that `--dicom` asks for.
struct DerivedOutput {
  private let directory: AtomicDirectory
  private let referencePath: String?
  private let modality: DerivedSeries.Modality?

  /// Prepares the directory; `nil` where no series is asked for.
  init?(_ options: OutputOptions, reference: String?) throws {
    guard let path = options.dicom else { return nil }
    directory = try AtomicDirectory(path)
    (referencePath, modality) = (reference, options.modality)
  }

  /// Writes the series.
  ///
  /// - Parameter window: what viewers show between black and white; `nil`: the middle 98 % of the values.
  func write(_ scan: ScanImage, window: ValueRange?, threads: Int, _ diagnostics: Diagnostics) throws {
    let reference = try referencePath.map {
      try DICOMSeries.reference(in: $0, named: scan.seriesInstanceUID, part: scan.part)
    }
    guard var series = DerivedSeries(of: scan, reference: reference) ?? modality.map(DerivedSeries.init) else {
      throw CommandError(.usage, "expected to know whether the scan is CT or MR, found neither; say --modality CT or MR")
    }
    if let modality { series.modality = modality }
    if let window {
      series.window = .init(center: (window.low + window.high) / 2, width: window.high - window.low)
    }
    let writer = try DerivedSeriesWriter(reference: reference)
    for note in writer.identity.notes { diagnostics.note(note) }
    try writer.write(scan.volume, as: series, into: directory, threads: threads)
    try directory.commit()
  }
}
