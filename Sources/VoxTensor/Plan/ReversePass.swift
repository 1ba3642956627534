/// How a reverse pass works: what it computes again, and how many cotangents it takes back at once.
public struct ReversePass: Sendable, Hashable {
  /// How many of ``CompiledModel/recomputations()``, from the first, are computed again instead of being kept.
  public var recomputed: Int
  /// The most cotangents that go back at once; each works in memory of its own, and what does not depend on them is done
  /// once for all.
  public var cotangents: Int

  /// Makes a description.
  public init(recomputed: Int = 0, cotangents: Int = 1) {
    (self.recomputed, self.cotangents) = (recomputed, cotangents)
  }
}
