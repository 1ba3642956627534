import VoxFormats
import VoxGrid
import VoxRender
import VoxStream

/// `sc`: the attribution over the scan's own slices, as DICOM images for a PACS.
///
/// Slices keep the source's rows, columns and place; the legend stands in rows appended under them.
struct SecondaryCaptureProduct: Product {
  let name = "sc"
  let summary = "sc_<target>/NNNN.dcm: the scan's own slices with attribution, outline and legend (Secondary Capture)"
  let needs: Set<Ingredient> = [.attributions, .reference]

  func begin(_ results: CaseResults, in directory: AtomicDirectory) throws -> any ProductWriter {
    guard let series = results.reference?.series, let image = results.reference?.image else { return NothingMore() }
    let writer = try SecondaryCaptureWriter(source: series, identity: results.dicom.identity)
    return PerTarget { explanation in
      var legend = results.legend(for: explanation, results.sourceDisplay)
      legend.millimetresPerPixel = image.grid.spacing.x
      let slices = SourceSlices(
        image: image, attribution: explanation.map,
        labels: explanation.segment == nil ? nil : results.labels, target: explanation.segment ?? 0, legend: legend)
      let capture = SecondaryCapture(
        folder: "sc_\(explanation.fileName)", seriesDescription: "Voxplain \(explanation.title)",
        derivation: results.derivation(of: explanation),
        seriesNumber: DICOMSettings.FirstSeriesNumber.captures + explanation.index)
      let picture = { @Sendable (index: Int) throws(FormatError) -> [UInt8] in
        do throws(GridError) {
          return try slices.picture(at: index).rgb
        } catch {
          throw FormatError(.malformed, error.description)
        }
      }
      if results.dicom.isMultiframe {
        try writer.writeMultiframe(capture, by: results.dicom.software, into: directory, pixels: picture)
      } else {
        try writer.write(
          capture, by: results.dicom.software, into: directory, threads: results.threads, pixels: picture)
      }
    }
  }
}
