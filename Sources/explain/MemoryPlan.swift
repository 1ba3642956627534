import Foundation
import VoxAttribution
import VoxCommand
import VoxFormats
import VoxTensor

/// How much memory an explanation takes, known before it starts, and what of the forward pass is kept for the reverse one.
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
  /// What is computed again instead of being kept, and how many labels go back at once.
  let reversePass: ReversePass

  /// Keeps what saves time enough for its memory, or within a limit all that saves more than a little; where not even one
  /// tape fits, it goes to a disk.
  ///
  /// - Parameters:
  ///   - targets: how many labels are explained at most.
  ///   - likely: how many probably.
  ///   - limit: bytes allowed; `nil` for what pays in a quarter of this machine's memory, or in three quarters where one
  ///     tape needs more than one; half of it where the tape has to wait on a disk.
  /// - Throws: `CommandError` with status 64 where the limit is less than the least; `FormatError` where this machine
  ///   has less.
  init(
    _ model: CompiledModel, _ plan: ExplainPlan, targets: Int, likely: Int, limit: Int?, for work: String
  ) throws {
    let windows = plan.windows
    // Until the plans are made, weights are held as the file has them, too.
    let weights = 4 * model.specialized.graph.parameterCount
    let predicting = try model.memory(withTape: false)
    let engine = try model.memory(withTape: true)
    // Of the scan there are the images, the network's input, the labels and one attribution at a time.
    let volumes = 2 * model.inputShape[1] + 2
    func rest(_ cotangents: Int) -> Int {
      let around = WindowedNetwork.memory(
        model: model, windows: windows, targets: targets, stitch: plan.stitch, perturbing: plan.method.isPerturbing,
        cotangents: cotangents)
      return engine.constants + around + 4 * volumes * windows.voxels + Self.program
    }
    let compiling = engine.constants + weights + Self.program
    let choices = try Choice.all(
      model, plan, targets: targets, likely: likely, rest: rest, predicting: predicting.arena, compiling: compiling)
    let one = choices.filter { $0.windows == 1 }.min { $0.bytes < $1.bytes }
    if let one, one.bytes <= limit ?? MachineMemory.bytes / 4 * 3 {
      let quarters = one.bytes <= MachineMemory.bytes / 4 ? 1 : 3
      let room = limit ?? quarters * (MachineMemory.bytes / 4)
      let possible = choices.filter { $0.bytes <= room }
      let fastest = possible.map(\.seconds).min() ?? one.seconds
      // Memory that is allowed by name is there to be used.
      let best =
        limit == nil
        ? possible.min { $0.price < $1.price }
        : possible.filter { $0.seconds <= Self.tolerance * fastest }.min { $0.bytes < $1.bytes }
      let chosen = best ?? one
      (least, bytes, reversePass) = (one.bytes, chosen.bytes, chosen.reversePass)
      tape = .inMemory(windows: chosen.windows)
      return
    }
    // Passes without a tape work in the same block.
    let (cheap, nothingAgain) = try Self.passesWithTapeOnDisk(model, targets: targets)
    var (pass, smallest) = (cheap, try model.memoryWithTapeOnDisk(cheap).arena)
    // What is computed again needs its sources in memory at that time.
    if let limit, limit < rest(1) + smallest, case let other = try model.memoryWithTapeOnDisk(nothingAgain).arena,
      other < smallest
    {
      (pass, smallest) = (nothingAgain, other)
    }
    smallest = max(smallest, predicting.arena)
    least = max(rest(1) + smallest, compiling)
    if let limit, limit < least {
      throw CommandError(
        .usage,
        "--memory: \(work) needs at least \(Self.mega(least)) MB, got \(Self.mega(limit)) MB; smaller windows "
          + "(--roi) need less where the network takes them")
    }
    try MachineMemory.require(least, for: work)
    // What is on the disk is read once for all labels that go back at once.
    let room = limit ?? MachineMemory.bytes / 2
    for cotangents in Choice.cotangents(likely).dropFirst() {
      let together = ReversePass(
        recomputed: pass.recomputed, cotangents: cotangents, readsTapeOnce: targets <= cotangents)
      let needed = max(try model.memoryWithTapeOnDisk(together).arena, predicting.arena)
      if rest(cotangents) + needed <= room { (pass, smallest) = (together, needed) }
    }
    let block = max(smallest, room - rest(pass.cotangents))
    (bytes, tape, reversePass) = (max(rest(pass.cotangents) + block, compiling), .onDisk(block: block), pass)
  }

  /// Ways to go back where the tape waits on a disk: one that computes again what costs more there, one that does not.
  static func passesWithTapeOnDisk(
    _ model: CompiledModel, targets: Int
  ) throws -> (cheap: ReversePass, nothingAgain: ReversePass) {
    let cheap = try model.recomputations().count(secondsPerByteKept: secondsPerByteOnDisk)
    let nothingAgain = ReversePass(readsTapeOnce: targets <= 1)
    return (ReversePass(recomputed: cheap, readsTapeOnce: nothingAgain.readsTapeOnce), nothingAgain)
  }

  /// Prepares a model.
  ///
  /// - Throws: `EngineError` where no file can be made for the tape.
  func apply(to model: CompiledModel, _ diagnostics: Diagnostics) throws {
    let (recomputed, cotangents) = (reversePass.recomputed, reversePass.cotangents)
    let again = recomputed == 0 ? "" : ", \(recomputed) tensor\(recomputed == 1 ? "" : "s") of it computed again"
    let together = cotangents == 1 ? "" : "; \(cotangents) labels go back at once"
    switch tape {
    case .inMemory(let windows):
      model.setTapes(windows, reversePass)
      diagnostics.detail(
        "memory: \(Self.mega(bytes)) MB, at least \(Self.mega(least)) MB; the tape of \(windows) "
          + "window\(windows == 1 ? "" : "s") is kept\(again)\(together)")
    case .onDisk(let block):
      // Files of this size are not for a folder that may lie in memory itself.
      let folder = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/var/tmp"
      let file = try model.setTapeOnDisk(toFit: block, in: folder, reversePass)
      diagnostics.note(
        "memory: \(Self.mega(bytes)) MB, at least \(Self.mega(least)) MB; \(Self.mega(file)) MB of a window's tape wait on "
          + "the disk, in \(folder)\(again)\(together)")
    }
  }

  /// The program itself with its libraries, kernels' code and sample network.
  private static let program = 64 << 20
  /// What a byte of the tape costs that is written to a disk and read again.
  private static let secondsPerByteOnDisk = 2e-9
  /// How much longer than the fastest way one may take that needs less memory.
  private static let tolerance = 1.03

  private static func mega(_ bytes: Int) -> Int { (bytes + 999_999) / 1_000_000 }
}

/// A way to keep tapes in memory and to go back.
private struct Choice {
  let windows: Int
  let reversePass: ReversePass
  let bytes: Int
  /// About how long it takes: passes, tensors that are computed again, fresh memory.
  let seconds: Double

  /// What is weighed: twice the memory has to save a quarter of the time.
  var price: Double { seconds * pow(Double(bytes), 0.4) }

  /// What a byte of fresh memory costs; on virtual machines the first touch of a page takes about so long.
  private static let secondsPerFreshByte = 1.8e-9

  /// How many labels may go back at once, where there are so many.
  static func cotangents(_ targets: Int) -> [Int] { [1, 2, 4, 8].filter { $0 < 2 * max(1, targets) } }

  /// All ways, from one tape to those of all windows.
  ///
  /// - Parameters:
  ///   - targets: how many labels are explained at most.
  ///   - likely: how many probably.
  ///   - rest: bytes besides those that the network works in, by the number of labels that go back at once.
  ///   - predicting: bytes that the network works in without a tape.
  ///   - compiling: bytes that are needed before it works.
  static func all(
    _ model: CompiledModel, _ plan: ExplainPlan, targets: Int, likely: Int, rest: (Int) -> Int, predicting: Int,
    compiling: Int
  ) throws -> [Choice] {
    let (count, forward) = (plan.windows.count, try model.roughForwardSeconds())
    let runs = count * (plan.method.isPerturbing ? plan.method.passes : 1)
    let (recomputations, shared) = (try model.recomputations(), try model.roughSecondsShared())
    var choices: [Choice] = []
    for cotangents in Self.cotangents(likely) {
      let batches = (max(1, likely) + cotangents - 1) / cotangents
      for recomputed in recomputations.counts {
        let pass = ReversePass(
          recomputed: recomputed, cotangents: cotangents, readsTapeOnce: targets <= cotangents)
        let again = recomputations.prefix(recomputed).reduce(0) { $0 + $1.seconds }
        // A reverse pass takes about as long as a forward one.
        let reverse = Double(max(1, likely)) * (forward - shared) + Double(batches) * (shared + again)
        func append(_ windows: Int, _ work: Int) {
          // Tapes of the unperturbed scan alone are of use later.
          let forwardPasses = count + (plan.method.isPerturbing ? runs : count - windows)
          let bytes = rest(cotangents) + work
          choices.append(
            Choice(
              windows: windows, reversePass: pass, bytes: max(bytes, compiling),
              seconds: Double(forwardPasses) * forward + Double(runs) * reverse + secondsPerFreshByte * Double(bytes)))
        }
        append(1, max(try model.memory(withTape: true, pass).arena, predicting))
        if count == 1 { continue }
        let apart = try model.memoryWithTapesApart(pass)
        for windows in 2...count { append(windows, apart.work + windows * apart.tape) }
      }
    }
    return choices
  }
}
