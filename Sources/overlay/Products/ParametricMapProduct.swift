import VoxFormats
import VoxGrid

/// `pm`: the attributions as numbers for a PACS, the same as those of `nifti`.
struct ParametricMapProduct: Product {
  let name = "pm"
  let summary = "pm_<target>.dcm: the attribution as 32-bit floats (DICOM Parametric Map)"
  let needs: Set<Ingredient> = [.attributions]

  func begin(_ results: CaseResults, in directory: AtomicDirectory) throws -> any ProductWriter {
    let identity = results.dicom.identity
    // On the scan's own grid the planes are the scan's, to the last digit.
    let series = results.reference.flatMap { $0.image?.grid == results.image.grid ? $0.series : nil }
    let grid = results.image.grid
    let shown = series == nil ? grid.orientation.forDisplay : grid.orientation
    let stack =
      if let series { try FrameStack(series, naming: identity) } else {
        try FrameStack(AxisMapping(from: grid, to: shown).output, naming: identity)
      }
    return PerTarget { explanation in
      let map = ParametricMap(
        map: explanation.map.reoriented(to: shown), quantity: explanation.title, limit: explanation.limit,
        seriesDescription: "Voxplain map: \(explanation.title)", derivation: results.derivation(of: explanation),
        seriesNumber: DICOMSettings.FirstSeriesNumber.maps + explanation.index)
      try map.write(
        to: try directory.file("pm_\(explanation.fileName).dcm"), on: stack, identity: identity,
        software: results.dicom.software)
    }
  }
}
