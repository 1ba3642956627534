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
    let blocks = (0..<60).map { _ in
      let first = random(40)
      let whole = Arena.Lifetime(bytes: 1 + random(5000), first: first, last: first + random(10))
      var block = Arena.Block(whole)
      if random(4) == 0 {
        let half = whole.bytes / 128 * 64
        block.parts.append((0, Arena.Lifetime(bytes: half, first: first - random(10), last: first)))
        block.parts.append((half, Arena.Lifetime(bytes: half, first: first, last: whole.last + random(10))))
      }
      return block
    }
    let (offsets, total) = Arena.place(blocks)
    for (i, block) in blocks.enumerated() {
      #expect(offsets[i] % 64 == 0)
      for a in block.parts {
        let start = offsets[i] + a.offset
        #expect(start + a.lifetime.bytes <= total)
        for (j, other) in blocks.enumerated() where j > i {
          for b in other.parts where a.lifetime.first <= b.lifetime.last && b.lifetime.first <= a.lifetime.last {
            let rival = offsets[j] + b.offset
            #expect(start + a.lifetime.bytes <= rival || rival + b.lifetime.bytes <= start)
          }
        }
      }
    }
    let buffers = blocks.map(\.parts[0].lifetime)
    // No placement can do with less than what is alive at once.
    let alive = (0..<60).map { step in
      buffers.filter { $0.first <= step && step <= $0.last }.reduce(0) { $0 + $1.bytes }
    }
    let peak = alive.max() ?? 0
    #expect(total >= peak)
    #expect(total <= 3 * peak + 64 * buffers.count)
  }

  /// Largest first, the last of these would lie beyond a gap.
  @Test func theLargestMayLieBetterAfterOthers() {
    let lifetimes = [(6, 4, 4), (5, 1, 2), (3, 3, 4), (4, 1, 3)].map { size, first, last in
      Arena.Block(Arena.Lifetime(bytes: 64 * size, first: first, last: last))
    }
    #expect(Arena.place(lifetimes).bytes == 64 * 9)
  }

  @Test func aChainNeedsTwoBuffers() {
    let chain = (0..<10).map { Arena.Block(Arena.Lifetime(bytes: 64, first: $0, last: $0 + 1)) }
    #expect(Arena.place(chain).bytes == 128)
  }

  /// Two of them are read at once; first each above the other, then in what those leave.
  @Test func largeBlocksDoNotLieAPowerOfTwoApart() {
    let whole = 1 << 28
    let lives = [(0, 1), (0, 1), (0, 4), (2, 4), (2, 3), (4, 4)]
    let blocks = lives.map { Arena.Block(Arena.Lifetime(bytes: whole, first: $0, last: $1)) }
    let (offsets, bytes) = Arena.place(blocks)
    #expect(bytes <= 3 * whole + (1 << 14))
    for (i, a) in lives.enumerated() {
      for (j, b) in lives.enumerated() where j < i && a.0 <= b.1 && b.0 <= a.1 {
        #expect(abs(offsets[i] - offsets[j]) % whole >= 4096, "\(i) and \(j)")
      }
    }
  }

  /// The gaps between large blocks leave room for others.
  @Test(arguments: [2, 3, 4])
  func partsFitWhereAWholeHasBeen(_ count: Int) {
    let part = 1 << 22
    let blocks =
      [(count * part, 0, 1), (count * part, 1, 9), (count * part, 0, 9)].map {
        Arena.Block(Arena.Lifetime(bytes: $0, first: $1, last: $2))
      }
      + (0..<count).map { _ in Arena.Block(Arena.Lifetime(bytes: part, first: 2, last: 9)) }
    #expect(Arena.place(blocks).bytes <= 3 * count * part + (1 << 14))
  }
}
