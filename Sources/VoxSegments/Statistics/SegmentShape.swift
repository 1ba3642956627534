internal import VoxGrid

/// What the outline of a segment says, whatever the image does.
struct SegmentShape: Sendable {
  /// Square millimetres.
  var surface = 0.0
  /// Connected by faces.
  var components = 0

  /// Measures every label of a map.
  ///
  /// - Parameter threads: how many threads share the work; the result does not depend on it.
  /// - Complexity: O(voxels); memory 4 bytes per run of equal labels.
  static func all(of labels: LabelMap, background: Bool, threads: Int) -> [Int: SegmentShape] {
    var shapes: [Int: SegmentShape] = [:]
    for (label, count) in labels.componentCounts(background: background) { shapes[label] = .init(components: count) }
    let areas = SurfaceCells.areas(labels.grid.affine)
    for (label, cells) in SurfaceCells.counts(in: labels, background: background, threads: threads) {
      shapes[label, default: SegmentShape()].surface = zip(cells, areas).reduce(0) { $0 + Double($1.0) * $1.1 }
    }
    return shapes
  }
}
