internal import Foundation

/// Bytes aligned for vector instructions, allocated once and freed with the last reference.
final class Memory {
  let start: UnsafeMutableRawPointer
  let bytes: Int

  /// Takes memory from the system.
  ///
  /// - Throws: ``EngineError`` `unsupported` where the system has not that much.
  init(bytes: Int) throws(EngineError) {
    var pointer: UnsafeMutableRawPointer?
    let isLarge = bytes >= 4 * Self.largePage
    guard posix_memalign(&pointer, isLarge ? Self.largePage : 64, max(bytes, 1)) == 0, let pointer else {
      throw EngineError(
        .unsupported, "this machine cannot give \(bytes >> 20) MiB of memory; use a smaller window or --roi")
    }
    Self.adviseLargePages(pointer, bytes)
    (self.bytes, start) = (bytes, pointer)
  }

  /// Asks for large pages in a large block: the first touch of a page costs more than computing on it, and large pages are
  /// touched 512 times less often.
  static func adviseLargePages(_ start: UnsafeMutableRawPointer, _ bytes: Int) {
    let (first, end) = (start.alignedUp(toMultipleOf: largePage), start + bytes)
    if bytes >= 4 * largePage { madvise(first, end - first, MADV_HUGEPAGE) }
  }

  /// Gives back to the system what has been freed and is kept for later; nothing where the C library cannot.
  static func returnUnused() {
    guard let trim = dlsym(nil, "malloc_trim") else { return }
    _ = unsafeBitCast(trim, to: (@convention(c) (Int) -> Int32).self)(0)
  }

  private static let largePage = 1 << 21

  deinit { free(start) }
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
    let memory = try Memory(bytes: wanted.bytes)
    let reorder = try Kernel(reorder: seen, to: wanted)
    var scratchpad: Memory?
    if let layout = reorder.layout(.scratchpad) {
      let memory = try Memory(bytes: layout.bytes)
      try reorder.bind(.scratchpad, to: memory.start)
      scratchpad = memory
    }
    try reorder.bind(.destination, to: memory.start)
    try literal.floats.withUnsafeBufferPointer { values throws(EngineError) in
      // The kernel only reads it.
      if let start = values.baseAddress { try reorder.bind(.source, to: UnsafeMutableRawPointer(mutating: start)) }
      try withExtendedLifetime(scratchpad) { () throws(EngineError) in try reorder.run() }
    }
    entries[identity, default: []].append(Entry(seen: seen, wanted: wanted, memory: memory))
    bytes += memory.bytes
    return memory
  }
}
