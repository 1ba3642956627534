import VoxCommand
import VoxGrid

extension ModelCard {
  /// The grid this network sees a scan on: axes as the card orders them, then the card's spacing.
  ///
  /// Spacings that differ by less than one part in a thousand, which formats round away, count as equal.
  ///
  /// - Throws: `CommandError` with status 65 for a scan that would have more than 65536 voxels along an axis.
  func grid(for scan: Grid) throws(CommandError) -> Grid {
    let turned = scan.reoriented(to: orientation)
    guard let spacing, (0..<3).contains(where: { abs(turned.spacing[$0] / spacing[$0] - 1) > 1e-3 }) else {
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

  /// What a scan must be like to be on this network's grid.
  var gridDescription: String {
    guard let spacing else { return "\(orientation), any spacing" }
    let lengths = (0..<3).map { axis in
      let text = "\(spacing[axis])"
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    return "\(orientation), voxels of \(lengths.joined(separator: "x")) mm"
  }
}

extension Volume where Element == Float {
  /// The scan on a grid that differs by orientation and spacing: axes permuted and flipped, then sampled linearly; the
  /// scan's smallest value is what lies beyond it.
  func moved(to grid: Grid, threads: Int) throws(GridError) -> Volume<Float> {
    let turned = reoriented(to: grid.orientation)
    if turned.grid == grid { return turned }
    return try turned.resampled(onto: grid, fill: turned.voxels.min() ?? 0, threads: threads)
  }
}
