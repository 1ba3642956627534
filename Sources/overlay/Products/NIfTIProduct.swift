import VoxFormats
import VoxGrid
import VoxRender

/// `nifti`: the scan and its attributions as volumes for any viewer.
struct NIfTIProduct: Product {
  let name = "nifti"
  let summary = "image.nii.gz and attribution_<target>.nii.gz"
  let file: String? = "image.nii.gz"

  /// `NIFTI_INTENT_ESTIMATE`: each voxel is an estimate of some parameter.
  private static let estimateIntent = 1001

  func begin(_ results: CaseResults, in directory: AtomicDirectory) throws -> any ProductWriter {
    // Whole numbers, such as a scanner's HU, take half the room and come back as they are.
    let whole: Volume<Int16>? = results.image.exactly()
    let image = whole.map { .int16($0) } ?? AnyVolume.float32(results.image)
    var header = NIfTIHeader(grid: image.grid, type: image.type)
    header.displayRange = results.display.window.low...results.display.window.high
    try directory.write(image, header, as: "image.nii.gz", threads: results.threads)
    return PerTarget { explanation in
      var header = NIfTIHeader(grid: explanation.map.grid, type: .float32)
      header.intent = Self.estimateIntent
      header.intentName = [explanation.target, explanation.input].compactMap(\.self).joined(separator: " ")
      header.displayRange = -explanation.limit...explanation.limit
      let name = "attribution_\(explanation.fileName).nii.gz"
      try directory.write(
        .float32(explanation.map), header, as: name, threads: results.threads, for: .measurements)
    }
  }
}
