/// How a reverse pass works: what it computes again, how many cotangents it takes back at once, and what it leaves.
public struct ReversePass: Sendable, Hashable {
  /// How many of ``CompiledModel/recomputations()``, from the first, are computed again instead of being kept.
  public var recomputed: Int
  /// The most cotangents that go back at once; each works in memory of its own, and what does not depend on them is done
  /// once for all.
  public var cotangents: Int
  /// Whether a tape in the block to work in serves one reverse pass alone: what has been read is then overwritten.
  public var readsTapeOnce: Bool

  /// Makes a description.
  public init(recomputed: Int = 0, cotangents: Int = 1, readsTapeOnce: Bool = false) {
    (self.recomputed, self.cotangents, self.readsTapeOnce) = (recomputed, cotangents, readsTapeOnce)
  }
}
