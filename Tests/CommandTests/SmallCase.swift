import VoxFormats
import VoxGrid
import VoxStream
import _VoxTestSupport

/// A small case as explain writes it: an image, a box of label 5, the attribution of that box.
enum SmallCase {
  static let grid = Grid(
    dimensions: [20, 18, 12], affine: Affine(x: [-3, 0, 0], y: [0, 3, 0], z: [0, 0, 4], t: [28, -25, -20]))

  /// A box of 6x5x4 voxels from (8, 7, 3), labelled 5.
  private static func isBox(_ p: SIMD3<Int>) -> Bool { 8..<14 ~= p.x && 7..<12 ~= p.y && 3..<7 ~= p.z }

  static let image = Volume<Float>(
    grid: grid, voxels: (0..<grid.count).map { isBox(grid.index($0)) ? Float(grid.index($0).x) : -1000 })
  static let labels = LabelMap(grid: grid, voxels: (0..<grid.count).map { isBox(grid.index($0)) ? 5 : 0 })
  static let attribution = Volume<Float>(
    grid: grid, voxels: (0..<grid.count).map { isBox(grid.index($0)) ? 2 : $0 % 7 == 0 ? -0.5 : 0 })

  static var header: StreamHeader {
    var header = StreamHeader(channels: [
      .init(name: "image", role: .image, units: "HU"), .init(name: "labels", role: .labels),
      .init(name: "liver", role: .attribution, target: 5, method: "gradient"),
    ])
    header.labels = LabelTable([
      Label(value: 0, name: "background"), Label(value: 5, name: "liver", color: [200, 100, 50]),
    ])
    header.matrix = [
      MatrixRow(target: 5, region: 0, mass: 0.25, mean: 0.1, positive: 0, negative: -80, enrichment: 0.5),
      MatrixRow(
        target: 5, region: 5, mass: 0.75, mean: 2, positive: 240, negative: 0, enrichment: 8, ciLow: 0.5, ciHigh: 1),
    ]
    return header
  }

  /// Writes a stream into a directory and gives its path.
  static func stream(
    in folder: TemporaryDirectory, _ header: StreamHeader = header, _ volumes: [AnyVolume]? = nil
  ) throws -> String {
    let path = folder.path("stream.nii")
    let volumes = volumes ?? [.float32(image), .int32(labels), .float32(attribution)]
    let writer = try StreamWriter(header, grid: volumes[0].grid, to: ByteSink(path: path))
    for volume in volumes { try writer.write(volume) }
    try writer.finish()
    return path
  }
}
