/// Places buffers with known lifetimes into one block of memory.
package enum Arena {
  /// A buffer: its size and the first and last step that touch it.
  package struct Lifetime {
    package var bytes: Int
    package var first: Int
    package var last: Int

    package init(bytes: Int, first: Int, last: Int) { (self.bytes, self.first, self.last) = (bytes, first, last) }
  }

  /// Offsets such that no two buffers alive at the same step overlap, and the size of the whole.
  ///
  /// Largest buffers first, each at the lowest offset that is free during its life.
  /// - Complexity: O(n^2 log n) for n buffers.
  package static func place(_ buffers: [Lifetime], alignment: Int = 64) -> (offsets: [Int], bytes: Int) {
    var offsets = [Int](repeating: 0, count: buffers.count)
    var placed: [Int] = []
    var total = 0
    for index in buffers.indices.sorted(by: { buffers[$0].bytes > buffers[$1].bytes }) {
      let buffer = buffers[index]
      let rivals = placed.filter { buffers[$0].first <= buffer.last && buffer.first <= buffers[$0].last }
        .sorted { offsets[$0] < offsets[$1] }
      var offset = 0
      for rival in rivals {
        if offset + buffer.bytes <= offsets[rival] { break }
        let end = offsets[rival] + buffers[rival].bytes
        offset = max(offset, (end + alignment - 1) / alignment * alignment)
      }
      offsets[index] = offset
      total = max(total, offset + buffer.bytes)
      placed.append(index)
    }
    return (offsets, total)
  }
}
