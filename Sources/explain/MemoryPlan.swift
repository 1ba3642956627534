import VoxAttribution
import VoxCommand
import VoxFormats
import VoxTensor

/// How much memory an explanation takes, known before it starts.
struct MemoryPlan {
  /// Bytes with the tape of one window, which is the least.
  let least: Int
  /// Bytes of each further window's tape.
  let tape: Int
  /// How many windows' tapes are kept, so that these windows are run once and not twice.
  let tapes: Int

  /// What is taken.
  var bytes: Int { least + (tapes - 1) * tape }

  /// Keeps as many tapes as fit.
  ///
  /// - Parameter limit: bytes allowed; `nil` for half of this machine's memory, or the least where that is more.
  /// - Throws: `CommandError` with status 64 where the limit is less than the least; `FormatError` where this machine
  ///   has less.
  init(_ model: CompiledModel, _ plan: ExplainPlan, limit: Int?, for work: String) throws {
    let (engine, windows) = (try model.memory(withTape: true), plan.windows)
    let around = WindowedNetwork.memory(
      model: model, windows: windows, stitch: plan.stitch, perturbing: plan.method.isPerturbing)
    // Weights are held as the file has them and as the kernels want them; of the scan there are the image, the network's
    // input, the labels and one attribution at a time.
    let (weights, scan) = (4 * model.specialized.graph.parameterCount, 16 * windows.voxels)
    least = engine.arena + engine.constants + weights + around + scan + Self.program
    tape = engine.arena
    if let limit, limit < least {
      throw CommandError(
        .usage,
        "--memory: \(work) needs at least \(Self.mega(least)) MB, got \(Self.mega(limit)) MB; smaller windows "
          + "(--roi) need less where the network takes them")
    }
    try MachineMemory.require(least, for: work)
    let room = (limit ?? MachineMemory.bytes / 2) - least
    tapes = 1 + max(0, min(windows.count - 1, room / max(tape, 1)))
  }

  /// The program itself with its libraries, kernels' code and sample network.
  private static let program = 64 << 20

  private static func mega(_ bytes: Int) -> Int { (bytes + 999_999) / 1_000_000 }

  /// The figures, for a user to see.
  var description: String {
    "memory: \(Self.mega(bytes)) MB, with the tapes of \(tapes) windows at once; at least \(Self.mega(least)) MB"
  }
}
