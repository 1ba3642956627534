/// Kernels in their order with the buffers they touch, before buffers have a place.
///
/// Every buffer is written by one kernel. What kernels of the reverse pass read of the forward pass is the tape: it stays
/// alive until the end, so that the reverse pass can run again for another cotangent, or until it is read; everything else
/// shares memory.
struct Schedule {
  /// A kernel and what it reads and writes.
  struct Step {
    let kernel: Kernel
    var arguments: [(slot: Kernel.Slot, place: Operand.Place)]
    /// Position in the graph of the node that emitted it.
    var node: Int
    /// Which of several cotangents it works for; `nil` where it works for all.
    var cotangent: Int?
    /// Whether its kernel has directly before run for another cotangent, and spares what it prepared then.
    var runsAgain = false

    /// Where a slot's memory lies.
    func place(of slot: Kernel.Slot) -> Operand.Place? { arguments.first { $0.slot == slot }?.place }

    /// Lets it touch other buffers in place of some.
    mutating func replaceBuffers(_ others: [Int: Int]) {
      for argument in arguments.indices {
        guard case .buffer(let index) = arguments[argument].place, let other = others[index] else { continue }
        arguments[argument].place = .buffer(other)
      }
    }
  }

  var steps: [Step]
  /// Where the reverse pass begins in the steps.
  var reverseStart: Int
  var buffers: [Layout]
  /// The buffer that a caller reads between the passes.
  let output: Int?
  /// Whether the reverse pass runs once, so that what it has read need not stay.
  var isReadOnce = false

  init(_ steps: [Step], reverseStart: Int, buffers: [Layout], output: Int?) {
    (self.steps, self.reverseStart, self.buffers, self.output) = (steps, reverseStart, buffers, output)
  }

  /// The buffers a step touches.
  func touched(by step: Step) -> [Int] {
    step.arguments.compactMap { if case .buffer(let index) = $0.place { index } else { nil } }
  }

  // MARK: The tape

  /// A buffer of the tape: its writer, and its first reader in the reverse pass.
  struct TapeBuffer {
    let index: Int
    let writer: Int
    let reader: Int
  }

  /// Buffers of the tape that are worth not being kept, in the order in which they are written.
  func tape(atLeast bytes: Int = 1 << 20) -> [TapeBuffer] {
    var (writers, readers): ([Int: Int], [Int: Int]) = ([:], [:])
    for (position, step) in steps.enumerated() {
      for index in touched(by: step) where buffers[index].bytes >= bytes {
        if position < reverseStart {
          writers[index] = writers[index] ?? position
        } else {
          readers[index] = readers[index] ?? position
        }
      }
    }
    return writers.compactMap { index, writer in
      readers[index].map { TapeBuffer(index: index, writer: writer, reader: $0) }
    }.sorted { $0.writer < $1.writer }
  }

  // MARK: The tape on a disk

  /// The schedule whose tape waits on a disk, as much of it as is needed to work in a number of bytes.
  ///
  /// A buffer goes to the disk when it is written and comes back when the reverse pass first reads it; meanwhile others
  /// have its memory. The earliest go first: they wait longest.
  ///
  /// - Parameters:
  ///   - bytes: the size of the block of memory; where it cannot be kept, all of the tape goes to the disk.
  ///   - file: where the tape waits; `nil` to learn the sizes alone.
  ///   - cotangents: how many go back at once; see ``batched(_:)``.
  /// - Returns: the schedule, and the size of the file.
  /// - Complexity: O(log n) times that of ``places()`` for n buffers.
  func spilled(
    toFit bytes: Int, file: ScratchFile?, cotangents: Int
  ) throws(EngineError) -> (schedule: Schedule, fileBytes: Int) {
    let tape = tape()
    var (low, high) = (0, tape.count)
    while low < high {
      let middle = (low + high) / 2
      let trial = try spilling(tape.prefix(middle), file: nil).schedule.batched(cotangents)
      if trial.places().workBytes <= bytes {
        high = middle
      } else {
        low = middle + 1
      }
    }
    let (schedule, fileBytes) = spilling(tape.prefix(low), file: file)
    return (try schedule.batched(cotangents), fileBytes)
  }

  private func spilling(
    _ tape: ArraySlice<TapeBuffer>, file: ScratchFile?
  ) -> (schedule: Schedule, fileBytes: Int) {
    let (writers, readers) = (Dictionary(grouping: tape, by: \.writer), Dictionary(grouping: tape, by: \.reader))
    var out = self
    out.steps = []
    /// Of every buffer in the file its place there, and the buffer it comes back to.
    var (places, returned): ([Int: Int], [Int: Int]) = ([:], [:])
    var size = 0
    func transfer(_ index: Int, with memory: Int, isWriting: Bool, node: Int) -> Step {
      let kernel = Kernel(ScratchKernel(file, at: places[index] ?? 0, buffers[index], isWriting: isWriting))
      return Step(kernel: kernel, arguments: [(isWriting ? .source : .destination, .buffer(memory))], node: node)
    }
    for (position, step) in steps.enumerated() {
      if position == reverseStart { out.reverseStart = out.steps.count }
      for buffer in readers[position] ?? [] {
        out.buffers.append(buffers[buffer.index])
        returned[buffer.index] = out.buffers.count - 1
        out.steps.append(transfer(buffer.index, with: out.buffers.count - 1, isWriting: false, node: step.node))
      }
      var step = step
      step.replaceBuffers(returned)
      out.steps.append(step)
      for buffer in writers[position] ?? [] {
        places[buffer.index] = size
        size += (buffers[buffer.index].bytes + 4095) / 4096 * 4096
        out.steps.append(transfer(buffer.index, with: buffer.index, isWriting: true, node: step.node))
      }
    }
    return (out, size)
  }
}
