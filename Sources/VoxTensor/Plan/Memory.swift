/// Bytes aligned for vector instructions, allocated once and freed with the last reference.
final class Memory {
  let start: UnsafeMutableRawPointer
  let bytes: Int

  init(bytes: Int) {
    self.bytes = bytes
    start = .allocate(byteCount: max(bytes, 1), alignment: 64)
  }

  deinit { start.deallocate() }
}

/// Literals in the layouts that kernels asked for; each pair is converted and kept once per model.
final class ConstantStore {
  private struct Entry {
    let seen: Layout
    let wanted: Layout
    let memory: Memory
  }

  private var entries: [Int: [Entry]] = [:]
  private var nextIdentity = 0

  /// Bytes of all constants held.
  private(set) var bytes = 0

  /// A number that tells literals apart.
  func newIdentity() -> Int {
    nextIdentity += 1
    return nextIdentity
  }

  /// The values of a literal, whose elements lie as `seen` says, in the layout `wanted`.
  func memory(_ literal: Literal, identity: Int, seen: Layout, wanted: Layout) throws(EngineError) -> Memory {
    if let found = entries[identity]?.first(where: { $0.seen == seen && $0.wanted == wanted }) { return found.memory }
    let memory = Memory(bytes: wanted.bytes)
    let reorder = try Kernel(reorder: seen, to: wanted)
    let scratchpad = reorder.layout(.scratchpad).map { Memory(bytes: $0.bytes) }
    if let scratchpad { try reorder.bind(.scratchpad, to: scratchpad.start) }
    try reorder.bind(.destination, to: memory.start)
    let values = Tensor(literal.shape, literal.floats)
    if let start = values.elements.baseAddress { try reorder.bind(.source, to: start) }
    try reorder.run()
    entries[identity, default: []].append(Entry(seen: seen, wanted: wanted, memory: memory))
    bytes += memory.bytes
    return memory
  }
}
