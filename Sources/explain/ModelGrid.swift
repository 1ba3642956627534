import VoxCommand
import VoxGrid

extension ModelCard {
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
    return try turned.resampled(onto: grid, fill: turned.minimum, threads: threads)
  }
}
