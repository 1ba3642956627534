import Foundation
import VoxAttribution
import VoxCommand
import VoxFormats
import VoxTensor

/// How much memory an explanation takes, known before it starts, and where the tape of a window waits.
struct MemoryPlan {
  /// Where what the reverse pass reads of the forward pass waits for it.
  enum Tape {
    /// In memory, for so many windows at once, so that these windows are run once and not twice.
    case inMemory(windows: Int)
    /// On a disk, as far as it does not fit a block of so many bytes.
    case onDisk(block: Int)
  }

  /// Bytes with one tape: in memory where there is room for it, else on a disk.
  let least: Int
  /// Bytes that are taken.
  let bytes: Int
  let tape: Tape

  /// Keeps as many tapes as fit; where not even one does, it goes to a disk.
  ///
  /// - Parameters:
  ///   - targets: how many labels are explained at most.
  ///   - limit: bytes allowed; `nil` for a quarter of this machine's memory, since the first touch of memory costs about
  ///     what it saves where tapes are large, or what one tape needs where that is more and at most three quarters;
  ///     half of it where the tape has to wait on a disk.
  /// - Throws: `CommandError` with status 64 where the limit is less than the least; `FormatError` where this machine
  ///   has less.
  init(_ model: CompiledModel, _ plan: ExplainPlan, targets: Int, limit: Int?, for work: String) throws {
    let windows = plan.windows
    // Until the plans are made, weights are held as the file has them, too.
    let weights = 4 * model.specialized.graph.parameterCount
    let predicting = try model.memory(withTape: false)
    let engine = try model.memory(withTape: true)
    let around = WindowedNetwork.memory(
      model: model, windows: windows, targets: targets, stitch: plan.stitch, perturbing: plan.method.isPerturbing)
    // Of the scan there are the images, the network's input, the labels and one attribution at a time.
    let volumes = 2 * model.inputShape[1] + 2
    let rest = engine.constants + around + 4 * volumes * windows.voxels + Self.program
    let compiling = engine.constants + weights + Self.program
    let one = max(rest + max(engine.arena, predicting.arena), compiling)
    if one <= limit ?? MachineMemory.bytes / 4 * 3 {
      least = one
      let apart = try model.memoryWithTapesApart()
      let room = (limit ?? MachineMemory.bytes / 4) - rest - apart.work
      let tapes = min(windows.count, room / max(apart.tape, 1))
      (bytes, tape) =
        tapes < 2
        ? (least, .inMemory(windows: 1))
        : (max(least, rest + apart.work + tapes * apart.tape), .inMemory(windows: tapes))
      return
    }
    // Passes without a tape work in the same block.
    let smallest = max(try model.memoryWithTapeOnDisk().arena, predicting.arena)
    least = max(rest + smallest, compiling)
    if let limit, limit < least {
      throw CommandError(
        .usage,
        "--memory: \(work) needs at least \(Self.mega(least)) MB, got \(Self.mega(limit)) MB; smaller windows "
          + "(--roi) need less where the network takes them")
    }
    try MachineMemory.require(least, for: work)
    let block = max(smallest, (limit ?? MachineMemory.bytes / 2) - rest)
    (bytes, tape) = (max(rest + block, compiling), .onDisk(block: block))
  }

  /// Prepares a model.
  ///
  /// - Throws: `EngineError` where no file can be made for the tape.
  func apply(to model: CompiledModel, _ diagnostics: Diagnostics) throws {
    switch tape {
    case .inMemory(let windows):
      model.setTapes(windows)
      diagnostics.detail(
        "memory: \(Self.mega(bytes)) MB, with the tapes of \(windows) windows at once; \(Self.mega(least)) MB with one")
    case .onDisk(let block):
      // Files of this size are not for a folder that may lie in memory itself.
      let folder = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/var/tmp"
      let file = try model.setTapeOnDisk(toFit: block, in: folder)
      diagnostics.note(
        "memory: \(Self.mega(bytes)) MB, at least \(Self.mega(least)) MB; \(Self.mega(file)) MB of a window's tape wait on "
          + "the disk, in \(folder)")
    }
  }

  /// The program itself with its libraries, kernels' code and sample network.
  private static let program = 64 << 20

  private static func mega(_ bytes: Int) -> Int { (bytes + 999_999) / 1_000_000 }
}
