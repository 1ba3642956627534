public import ArgumentParser
public import VoxFormats
import VoxGrid

/// How the voxels of a file without a header lie.
struct RawOptions: ParsableArguments {
  @Option(
    name: .customLong("raw-size"),
    help: ArgumentHelp("Read voxels without a header: so many along each axis, the first being the fastest.",
      valueName: "x,y,z"))
  var size: GridSize?

  @Option(
    name: .customLong("raw-type"),
    help: ArgumentHelp(
      "Type of the raw voxels: " + VoxelType.allCases.map(\.rawValue).joined(separator: ", ") + ".", valueName: "type"))
  var type: VoxelType?

  @Option(
    name: .customLong("raw-spacing"),
    help: ArgumentHelp("Distance of the raw voxels in millimetres. Default: 1.", valueName: "s|sx,sy,sz"))
  var spacing: Spacing?

  @Option(name: .customLong("raw-endian"), help: "Byte order of the raw voxels: little or big. Default: little.")
  var endian: ByteOrder?

  @Option(
    name: .customLong("raw-skip"),
    help: ArgumentHelp("Bytes before the first raw voxel. Default: 0.", valueName: "n"))
  var skip: Int?

  func validate() throws {
    guard size == nil || type == nil else { return }
    let given = [
      ("--raw-size", size != nil), ("--raw-type", type != nil), ("--raw-spacing", spacing != nil),
      ("--raw-endian", endian != nil), ("--raw-skip", skip != nil),
    ].filter(\.1).map(\.0)
    if let first = given.first {
      throw ValidationError("\(first) describes raw voxels, which takes both --raw-size and --raw-type")
    }
  }

  /// The description; `nil` where inputs have headers.
  var layout: RawLayout? {
    guard let size, let type else { return nil }
    return RawLayout(
      size: size.voxels, type: type, spacing: spacing?.millimetres ?? [1, 1, 1], isBigEndian: endian == .big,
      skip: skip ?? 0)
  }
}

/// Which byte of a number comes first.
enum ByteOrder: String, ExpressibleByArgument, CaseIterable {
  case little, big
}

extension VoxelType: ExpressibleByArgument {}
