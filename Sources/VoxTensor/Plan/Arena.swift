/// Places buffers with known lifetimes into one block of memory.
package enum Arena {
  /// A buffer: its size and the first and last step that touch it.
  package struct Lifetime {
    package var bytes: Int
    package var first: Int
    package var last: Int

    package init(bytes: Int, first: Int, last: Int) { (self.bytes, self.first, self.last) = (bytes, first, last) }
  }

  /// Buffers that lie at fixed places relative to each other.
  package struct Block {
    package var parts: [(offset: Int, lifetime: Lifetime)]

    package init(_ parts: [(offset: Int, lifetime: Lifetime)]) { self.parts = parts }

    /// A buffer on its own.
    package init(_ lifetime: Lifetime) { parts = [(0, lifetime)] }

    fileprivate var bytes: Int { parts.reduce(0) { max($0, $1.offset + $1.lifetime.bytes) } }
  }

  /// Bytes between large blocks, and how many a large one has at least.
  ///
  /// What is read together at a distance of 2^28 bytes displaces each other in a core's cache: a normalization's VJP takes
  /// twice as long then.
  private static let (gap, large) = (1 << 12, 1 << 20)

  /// Offsets such that no two buffers alive at the same step overlap but those of a block, and the size of the whole.
  ///
  /// Largest blocks first, each at the lowest offset where all of its buffers are free during their lives; or one of the
  /// largest after the other large ones, where these leave a better place for it.
  /// - Complexity: O(n^2) for n buffers on their own.
  package static func place(_ blocks: [Block], alignment: Int = 64) -> (offsets: [Int], bytes: Int) {
    let sizes = blocks.map(\.bytes)
    var order = blocks.indices.sorted { sizes[$0] > sizes[$1] }
    let found = place(blocks, in: order, alignment)
    let large = order.prefix { 128 * sizes[$0] >= found.bytes }
    var (best, least): ([Int]?, Int) = (nil, place(blocks, in: large, alignment).bytes)
    for index in large.indices.prefix(8) {
      var other = Array(large)
      other.append(other.remove(at: index))
      let bytes = place(blocks, in: other, alignment).bytes
      if bytes < least { (best, least) = (other, bytes) }
    }
    guard let best else { return found }
    order.replaceSubrange(large.indices, with: best)
    let other = place(blocks, in: order, alignment)
    return other.bytes < found.bytes ? other : found
  }

  /// The same in a given order, of all blocks or some.
  private static func place(
    _ blocks: [Block], in order: some Sequence<Int>, _ alignment: Int
  ) -> (offsets: [Int], bytes: Int) {
    var offsets = [Int](repeating: 0, count: blocks.count)
    /// What has its place, the lowest first.
    var placed: [(start: Int, lifetime: Lifetime)] = []
    var total = 0
    for index in order {
      let block = blocks[index]
      /// Where the block cannot begin, ends left out.
      var forbidden: [(after: Int, before: Int)] = []
      for part in block.parts {
        for rival in placed
        where rival.lifetime.first <= part.lifetime.last && part.lifetime.first <= rival.lifetime.last {
          forbidden.append(
            (
              rival.start - part.offset - part.lifetime.bytes,
              rival.start + rival.lifetime.bytes - part.offset
            ))
        }
      }
      // Of a buffer on its own they are in this order already.
      if block.parts.count > 1 { forbidden.sort { $0.after < $1.after } }
      var offset = 0
      /// How much further on the block fits, too.
      var room = Int.max
      for (after, before) in forbidden {
        if offset <= after {
          room = after - offset
          break
        }
        if before > offset { offset = (before + alignment - 1) / alignment * alignment }
      }
      if offset > 0, block.bytes >= large {
        // Others of its size that would fit behind it still do.
        offset += min(gap, room == .max ? gap : room % block.bytes / alignment * alignment)
      }
      offsets[index] = offset
      total = max(total, offset + block.bytes)
      for part in block.parts {
        let start = offset + part.offset
        placed.insert((start, part.lifetime), at: placed.firstIndex { $0.start > start } ?? placed.count)
      }
    }
    return (offsets, total)
  }
}
