import ArgumentParser
import VoxFormats

/// The values of the output.
struct ValueOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Clip to this range, in the scan's units (HU for CT).", valueName: "lo,hi"))
  var window: ValueRange?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("With --window: map the window to this range, as floats.", valueName: "a,b"))
  var scale: ValueRange?

  @Option(
    help: ArgumentHelp(
      "Store voxels as this type: auto (as they are read; float32 after linear interpolation or --scale), "
        + VoxelType.numbers.map(\.rawValue).joined(separator: ", ") + ".", valueName: "type"))
  var type = OutputType.auto

  func validate() throws {
    if scale != nil && window == nil { throw ValidationError("--scale maps a window; give --window LO,HI, too") }
    if let window, window.low >= window.high {
      throw ValidationError("--window expects a lower and a higher value, got \(window)")
    }
  }
}

/// Two numbers, written `-160,240`.
struct ValueRange: ExpressibleByArgument, CustomStringConvertible {
  let low: Double
  let high: Double

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).compactMap { Double($0) }
    guard numbers.count == 2, numbers.allSatisfy(\.isFinite), argument.split(separator: ",").count == 2 else {
      return nil
    }
    (low, high) = (numbers[0], numbers[1])
  }

  var description: String { "\(low),\(high)" }
}

/// A voxel type, or the one that suits.
enum OutputType: ExpressibleByArgument, CustomStringConvertible, Equatable {
  case auto
  case fixed(VoxelType)

  init?(argument: String) {
    if argument == "auto" {
      self = .auto
    } else if let type = VoxelType(rawValue: argument), !type.isColor {
      self = .fixed(type)
    } else {
      return nil
    }
  }

  var description: String {
    switch self {
    case .auto: "auto"
    case .fixed(let type): type.rawValue
    }
  }
}
