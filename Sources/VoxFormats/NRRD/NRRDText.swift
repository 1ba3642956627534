import VoxGrid

/// The header of an NRRD file that is written: little-endian voxels on a grid, in the world of ITK and 3D Slicer.
struct NRRDText {
  var grid: Grid
  var type: VoxelType
  /// The file with the voxels as they are; without one, gzip follows the header.
  var dataFile: String?
  /// Keys and values beyond the format's fields, without line ends.
  var pairs: [(key: String, value: String)] = []

  /// Describes a volume.
  init(_ grid: Grid, _ type: VoxelType) { (self.grid, self.type) = (grid, type) }

  /// The header, with the empty line that ends it.
  var bytes: [UInt8] {
    let (n, a) = (grid.dimensions, grid.affine)
    let color =
      switch type {
      case .rgb24: (extent: "3 ", kind: "RGB-color ", direction: "none ")
      case .rgba32: (extent: "4 ", kind: "RGBA-color ", direction: "none ")
      default: (extent: "", kind: "", direction: "")
      }
    var lines = [
      "NRRD0004", "type: \(name)", "dimension: \(type.isColor ? 4 : 3)", "space: left-posterior-superior",
      "sizes: \(color.extent)\(n.x) \(n.y) \(n.z)",
      "space directions: \(color.direction)\(Self.lps(a.x)) \(Self.lps(a.y)) \(Self.lps(a.z))",
      "kinds: \(color.kind)domain domain domain", "endian: little", "encoding: \(dataFile == nil ? "gzip" : "raw")",
      "space origin: \(Self.lps(a.t))",
    ]
    lines += pairs.map { "\($0.key):=\($0.value.replacing("\\", with: "\\\\"))" }
    if let dataFile { lines.append("data file: \(dataFile)") }
    return Array((lines.joined(separator: "\n") + "\n\n").utf8)
  }

  private var name: String {
    switch type {
    case .uint8, .rgb24, .rgba32: "unsigned char"
    case .int8: "signed char"
    case .int16: "short"
    case .uint16: "unsigned short"
    case .int32: "int"
    case .uint32: "unsigned int"
    case .float32: "float"
    case .float64: "double"
    }
  }

  /// A RAS vector in NRRD's spelling, pointing as `left-posterior-superior` asks; adding 0 makes -0 a 0.
  private static func lps(_ vector: SIMD3<Double>) -> String { "(\(-vector.x + 0),\(-vector.y + 0),\(vector.z + 0))" }
}
