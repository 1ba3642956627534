import VoxFormats
import VoxGrid
import VoxStream

/// `seg`: the segments for a PACS, on the scan's own slices where the scan is known.
struct SegmentationProduct: Product {
  let name = "seg"
  let summary = "seg.dcm: the segments with names, colours and codes (DICOM Segmentation)"
  let needs: Set<Ingredient> = [.segments]
  let file: String? = "seg.dcm"

  func begin(_ results: CaseResults, in directory: AtomicDirectory) throws -> any ProductWriter {
    guard let labels = results.labels else { return NothingMore() }
    let (identity, model) = (results.dicom.identity, results.header.model)
    let stack =
      if let series = results.reference?.series, results.reference?.image != nil {
        try FrameStack(series, naming: identity)
      } else {
        try FrameStack(
          AxisMapping(from: labels.grid, to: labels.grid.orientation.forDisplay).output, naming: identity)
      }
    let segmentation = Segmentation(
      labels: try labels.resampledNearest(onto: stack.grid, fill: 0, threads: results.threads), table: results.table,
      algorithm: Software(name: model?.name ?? "unknown", version: model.map { "sha256 \($0.sha256)" } ?? "unknown"),
      seriesDescription: "Voxplain segments", seriesNumber: DICOMSettings.FirstSeriesNumber.segmentation)
    try segmentation.write(
      to: try directory.file("seg.dcm"), on: stack, identity: identity, software: results.dicom.software)
    return NothingMore()
  }
}
