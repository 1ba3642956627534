import Testing
import VoxTensor

/// Placing buffers with lifetimes into one block.
@Suite struct ArenaTests {
  @Test(arguments: 0..<20)
  func buffersAliveTogetherDoNotOverlap(_ seed: Int) {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let buffers = (0..<60).map { _ in
      let first = random(40)
      return Arena.Lifetime(bytes: 1 + random(5000), first: first, last: first + random(10))
    }
    let (offsets, total) = Arena.place(buffers)
    for (i, a) in buffers.enumerated() {
      #expect(offsets[i] % 64 == 0)
      #expect(offsets[i] + a.bytes <= total)
      for (j, b) in buffers.enumerated() where j > i && a.first <= b.last && b.first <= a.last {
        #expect(offsets[i] + a.bytes <= offsets[j] || offsets[j] + b.bytes <= offsets[i])
      }
    }
    // No placement can do with less than what is alive at once.
    let alive = (0..<60).map { step in
      buffers.filter { $0.first <= step && step <= $0.last }.reduce(0) { $0 + $1.bytes }
    }
    let peak = alive.max() ?? 0
    #expect(total >= peak)
    #expect(total <= 2 * peak + 64 * buffers.count)
  }

  @Test func aChainNeedsTwoBuffers() {
    let chain = (0..<10).map { Arena.Lifetime(bytes: 64, first: $0, last: $0 + 1) }
    #expect(Arena.place(chain).bytes == 128)
  }
}
