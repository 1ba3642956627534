public import ArgumentParser
public import VoxGrid

/// The grid of the output.
struct GridOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Permute and flip the axes to these codes, without touching a voxel: RAS, LPS ... or native. Default: RAS.",
      valueName: "codes"))
  var orient: AxisCodes?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Resample to this spacing in millimetres.", valueName: "s|sx,sy,sz"))
  var spacing: Spacing?

  @Option(help: ArgumentHelp("Resample onto the grid of this image or DICOM series.", valueName: "image"))
  var reference: String?

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp(
      "Take orientation and spacing from the model card of this network; values keep their units.",
      valueName: "net.onnx"))
  var network: String?

  @Option(
    help: ArgumentHelp(
      "Crop or pad to this many voxels about the centre, after everything else.", valueName: "nx,ny,nz"))
  var size: GridSize?

  @Option(help: "Interpolate when resampling: linear or nearest. Default: linear, nearest for label maps.")
  var interpolation: Interpolation?

  /// - Throws: `ValidationError` where several options set the grid.
  func expectOneSource(referenceIsGrid: Bool) throws {
    let whole = [("--for", network != nil), ("--reference", reference != nil && referenceIsGrid)].filter(\.1).map(\.0)
    let parts = [("--orient", orient != nil), ("--spacing", spacing != nil)].filter(\.1).map(\.0)
    if whole.count > 1 || (whole.count == 1 && !parts.isEmpty) {
      throw ValidationError("\((whole + parts).joined(separator: " and ")) each set the grid; choose one")
    }
  }
}

/// An orientation, or the scan's own.
struct AxisCodes: ExpressibleByArgument, CustomStringConvertible {
  /// `nil` for the scan's own.
  let orientation: Orientation?

  init?(argument: String) {
    if argument.lowercased() == "native" {
      orientation = nil
    } else if let value = Orientation(argument) {
      orientation = value
    } else {
      return nil
    }
  }

  var description: String { orientation?.description ?? "native" }
}

/// Millimetres along each axis, written `1.5` or `1,1,3`.
struct Spacing: ExpressibleByArgument, CustomStringConvertible {
  let millimetres: SIMD3<Double>

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
    guard numbers.allSatisfy({ $0 >= 1e-3 && $0 <= 1e4 }) else { return nil }
    switch numbers.count {
    case 1: millimetres = SIMD3(repeating: numbers[0])
    case 3: millimetres = SIMD3(numbers)
    default: return nil
    }
  }

  var description: String { "\(millimetres.x),\(millimetres.y),\(millimetres.z)" }
}

/// Voxels along each axis, written `96` or `96,96,64`.
struct GridSize: ExpressibleByArgument, CustomStringConvertible {
  let voxels: SIMD3<Int>

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard numbers.allSatisfy({ 1...65535 ~= $0 }) else { return nil }
    switch numbers.count {
    case 1: voxels = SIMD3(repeating: numbers[0])
    case 3: voxels = SIMD3(numbers)
    default: return nil
    }
  }

  var description: String { "\(voxels.x),\(voxels.y),\(voxels.z)" }
}

extension Interpolation: ExpressibleByArgument {}
