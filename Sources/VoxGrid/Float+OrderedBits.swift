extension Float {
  /// An integer that rises with the value, -0 just below 0: the sign bit of positive numbers set, all bits of negative
  /// numbers inverted.
  @inlinable package var orderedBits: UInt32 { bitPattern >> 31 == 0 ? bitPattern | 1 << 31 : ~bitPattern }

  /// The number whose ordered bits these are.
  @inlinable package static func ofOrderedBits(_ bits: UInt32) -> Float {
    Float(bitPattern: bits >> 31 == 1 ? bits & ~(1 << 31) : ~bits)
  }
}
