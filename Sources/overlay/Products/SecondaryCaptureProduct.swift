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

  /// Series Number of the first target's captures, high enough not to meet a scanner's.
  private static let firstSeriesNumber = 9001

  func write(_ explanation: Explanation, of results: CaseResults, to directory: AtomicDirectory) throws {
    guard let reference = results.reference else { return }
    var legend = results.legend(for: explanation)
    legend.millimetresPerPixel = reference.image.grid.spacing.x
    let slices = SourceSlices(
      image: reference.image, attribution: explanation.map, labels: explanation.segment == nil ? nil : results.labels,
      target: explanation.segment ?? 0, legend: legend, threads: results.threads)
    let network = results.header.model.map { ", network \($0.name.prefix(200))" } ?? ""
    let capture = SecondaryCapture(
      folder: "sc_\(explanation.fileName)", seriesDescription: "Voxplain \(explanation.title)",
      derivation: "\(explanation.title) over the image\(network).", seriesNumber: Self.firstSeriesNumber + explanation.index)
    try reference.writer.write(capture, into: directory) { index throws(FormatError) in
      do throws(GridError) {
        return try slices.picture(at: index).rgb
      } catch {
        throw FormatError(.malformed, error.description)
      }
    }
  }
}
