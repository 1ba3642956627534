import VoxGrid

/// The header of a MetaImage file that is written: little-endian voxels as they are, in ITK's world.
enum MetaImageText {
  /// The header up to its last line, which names the file of the voxels or `LOCAL`.
  static func header(_ grid: Grid, _ type: VoxelType, dataFile: String) -> [UInt8] {
    let directions = (0..<3).map { lps(grid.affine[$0].normalized) }.joined(separator: " ")
    let (n, s) = (grid.dimensions, grid.spacing)
    var lines = [
      "ObjectType = Image", "NDims = 3", "BinaryData = True", "BinaryDataByteOrderMSB = False",
      "CompressedData = False", "TransformMatrix = \(directions)", "Offset = \(lps(grid.affine.t))",
      "CenterOfRotation = 0 0 0", "AnatomicalOrientation = \(origin(of: grid.orientation))",
      "ElementSpacing = \(s.x) \(s.y) \(s.z)", "DimSize = \(n.x) \(n.y) \(n.z)",
    ]
    if type.isColor { lines.append("ElementNumberOfChannels = \(type.size)") }
    lines += ["ElementType = \(name(of: type))", "ElementDataFile = \(dataFile)"]
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  private static func name(of type: VoxelType) -> String {
    switch type {
    case .uint8, .rgb24, .rgba32: "MET_UCHAR"
    case .int8: "MET_CHAR"
    case .int16: "MET_SHORT"
    case .uint16: "MET_USHORT"
    case .int32: "MET_INT"
    case .uint32: "MET_UINT"
    case .float32: "MET_FLOAT"
    case .float64: "MET_DOUBLE"
    }
  }

  /// The letters MetaImage gives an orientation: where each axis comes from, not where it goes to.
  private static func origin(of orientation: Orientation) -> String {
    let opposite: [Character: Character] = ["R": "L", "L": "R", "A": "P", "P": "A", "S": "I", "I": "S"]
    return String(orientation.description.map { opposite[$0] ?? $0 })
  }

  /// A RAS vector in the world of ITK; adding 0 makes -0 a 0.
  private static func lps(_ vector: SIMD3<Double>) -> String { "\(-vector.x + 0) \(-vector.y + 0) \(vector.z + 0)" }
}
