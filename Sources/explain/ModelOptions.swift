public import ArgumentParser
public import VoxAttribution
import VoxCommand
import VoxTensor

/// Which network, and how it sees a scan.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Explain this network; default: the file named by VOXPLAIN_MODEL, else the sample network of this build.",
      valueName: "net.onnx"))
  var model: String?

  @Option(
    help: ArgumentHelp("Explain this output of a network that has several; default: its first.", valueName: "name"))
  var outputName: String?

  @Option(
    help: ArgumentHelp(
      "Give the network this image, too, a stream of ctx2nii or a 3D NIfTI file; once per channel of its input after the "
        + "stream's image, in the network's order.", valueName: "file"))
  var channel: [String] = []

  @Option(help: ArgumentHelp("Use windows of N or X,Y,Z voxels; default: the model card's.", valueName: "n|x,y,z"))
  var roi: Extents?

  @Option(
    help: ArgumentHelp("Overlap neighbouring windows by this share, 0 to less than 1; default: the model card's."))
  var overlap: Double?

  @Option(help: "Weigh overlapping windows by a constant or a gaussian importance map; default: the model card's.")
  var blend: Blend?

  @Option(
    help: ArgumentHelp(
      "Work within this much memory, such as 8G: what there is beyond the least saves time; "
        + "default: what saves enough of it, up to a quarter of this machine's where a tape needs no more.",
      valueName: "size"))
  var memory: MemorySize?

  @Option(
    help: ArgumentHelp(
      "Multiply in f32 or, where the processor has it, in bf16, which is faster and less exact.", valueName: "type"))
  var precision = Precision.f32

  @Flag(help: "Fail where the stream is not on the model's grid, instead of resampling it.")
  var strict = false

  func validate() throws {
    if let overlap, !(overlap >= 0 && overlap < 1) {
      throw ValidationError("--overlap expects a share from 0 to less than 1, got \(overlap)")
    }
  }

  /// Which of a network's outputs to explain.
  ///
  /// - Throws: `CommandError` with status 64 where there is none of the name.
  func output(of outputs: [Graph.Port]) throws -> Int {
    guard let outputName else { return 0 }
    guard let position = outputs.firstIndex(where: { $0.name == outputName }) else {
      throw CommandError(
        .usage, "--output-name: expected one of \(outputs.map(\.name).joined(separator: ", ")), found \(outputName)")
    }
    return position
  }

  /// Voxels of a window: what the option says, else the card, else the network's input, else the whole scan.
  ///
  /// - Parameters:
  ///   - extents: voxels of the scan on the model's grid.
  ///   - input: extents of the network's input where its file fixes them.
  /// - Throws: `CommandError` where windows do not fit a fixed input: status 64 for the option, 65 for the card.
  func roi(_ extents: SIMD3<Int>, card: ModelCard, input: SIMD3<Int>?) throws -> SIMD3<Int> {
    let roi = self.roi?.voxels ?? card.roi ?? input ?? extents
    guard let input, roi != input else { return roi }
    throw CommandError(
      self.roi == nil ? .malformed : .usage,
      "\(self.roi == nil ? "the model card's roi" : "--roi"): the network's input is fixed at "
        + "\(input.x),\(input.y),\(input.z) voxels, found \(roi.x),\(roi.y),\(roi.z)")
  }
}

/// Voxels along each axis, written `96` or `80,80,16`.
struct Extents: ExpressibleByArgument {
  let voxels: SIMD3<Int>

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard numbers.allSatisfy({ (1...4096).contains($0) }) else { return nil }
    switch numbers.count {
    case 1: voxels = SIMD3(repeating: numbers[0])
    case 3: voxels = SIMD3(numbers[0], numbers[1], numbers[2])
    default: return nil
    }
  }
}

extension Blend: ExpressibleByArgument {}

extension Precision: ExpressibleByArgument {}
