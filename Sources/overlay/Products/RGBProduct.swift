import VoxFormats
import VoxGrid
import VoxRender

/// `rgb`: the coloured overlay as a volume, for viewers without overlays of their own.
struct RGBProduct: Product {
  let name = "rgb"
  let summary = "overlay_<target>.nii.gz: image and attribution blended to colours (RGB24)"
  let needs: Set<Ingredient> = [.attributions]

  func begin(_ results: CaseResults, in directory: AtomicDirectory) throws -> any ProductWriter {
    PerTarget { explanation in try Self.write(explanation, of: results, to: directory) }
  }

  private static func write(_ explanation: Explanation, of results: CaseResults, to directory: AtomicDirectory) throws {
    let style = results.display.style(for: explanation)
    var header = NIfTIHeader(grid: results.image.grid, type: .uint8)
    header.datatype = .rgb24
    let sink = try ByteSink(path: directory.file("overlay_\(explanation.fileName).nii.gz"), threads: results.threads)
    try sink.write(header.encoded)
    let (image, map) = (results.image.voxels, explanation.map.voxels)
    let plane = results.image.grid.dimensions.x * results.image.grid.dimensions.y
    for start in stride(from: 0, to: image.count, by: plane) {
      var colors: [UInt8] = []
      colors.reserveCapacity(3 * plane)
      for offset in start..<start + plane {
        let color = style.color(intensity: image[offset], attribution: map[offset])
        colors.append(color.red)
        colors.append(color.green)
        colors.append(color.blue)
      }
      try sink.write(colors)
    }
    try sink.finish()
  }
}
