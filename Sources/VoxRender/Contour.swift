/// The outline of a segment on a slice.
public enum Contour {
  /// The pixels inside a segment (at least 0.5) with one of their four neighbours outside it.
  ///
  /// The border of the slice is no outline: a segment that runs out of the slice stays open there.
  ///
  /// - Complexity: O(pixels).
  public static func pixels(of segment: Slice) -> [(column: Int, row: Int)] {
    func isInside(_ column: Int, _ row: Int) -> Bool { segment[column, row] >= 0.5 }
    var outline: [(column: Int, row: Int)] = []
    for row in 0..<segment.height {
      for column in 0..<segment.width where isInside(column, row) {
        let touchesOutside =
          (column > 0 && !isInside(column - 1, row)) || (column + 1 < segment.width && !isInside(column + 1, row))
          || (row > 0 && !isInside(column, row - 1)) || (row + 1 < segment.height && !isInside(column, row + 1))
        if touchesOutside { outline.append((column, row)) }
      }
    }
    return outline
  }
}
