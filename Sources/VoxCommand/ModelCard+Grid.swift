public import VoxGrid

extension ModelCard {
  /// The grid this network sees a scan on: axes as the card orders them, then the card's spacing.
  ///
  /// Spacings that differ by less than one part in a thousand, which formats round away, count as equal.
  ///
  /// - Throws: ``CommandError`` with status 65 for a scan that would have more than 65536 voxels along an axis.
  public func grid(for scan: Grid) throws(CommandError) -> Grid {
    let turned = scan.reoriented(to: orientation)
    guard let spacing, (0..<3).contains(where: { !(abs(turned.spacing[$0] / spacing[$0] - 1) <= 1e-3) }) else {
      return turned
    }
    for axis in 0..<3 {
      let length = Double(turned.dimensions[axis]) * turned.spacing[axis]
      guard length / spacing[axis] <= 65536 else {
        throw CommandError(
          .malformed,
          "axis \(axis): expected at most 65536 voxels of \(spacing[axis]) mm, found a scan of \(length) mm")
      }
    }
    return turned.respaced(to: spacing)
  }
}
