import Dispatch
public import VoxGrid

/// What can be told of an image in each segment: the table `statistics.csv`.
///
/// A voxel counts for the volume and the centroid of its segment whatever the image says there; NaN and infinite image
/// values are left out of the statistics of the image. What a segment leaves undefined (the values and the place of
/// an empty one) is NaN, an empty cell in the table.
///
/// - Units: the image's; millimetres.
/// - Coordinates: RAS+ world.
public struct SegmentStatistics: Sendable {
  /// The statistics of one segment.
  public struct Row: Sendable {
    /// The value in the label map.
    public let label: Int
    /// What the value means; the number itself where the table has none.
    public let name: String
    /// One value per entry of ``SegmentStatistics/columns``.
    public let values: [Double]
  }

  /// Names of the statistics.
  public static let columns = StatisticRegistry.all.flatMap(\.columns)

  /// One row per segment, in rising order of label.
  public let rows: [Row]

  /// Measures an image in every segment of a label map.
  ///
  /// There is a row for every label of `table` and for every label that occurs.
  ///
  /// - Parameters:
  ///   - image: the scan [nx, ny, nz].
  ///   - labels: the segments on the same grid [nx, ny, nz].
  ///   - table: names of the labels.
  ///   - background: whether label 0 is a segment as well.
  ///   - threads: how many threads share the segments; the result does not depend on it.
  /// - Throws: ``SegmentError`` of code `mismatch` when the two grids differ.
  /// - Complexity: O(voxels); memory 4 bytes per voxel of all segments and 8 per voxel of the largest, for each thread.
  public init(
    image: Volume<Float>, labels: LabelMap, table: LabelTable, background: Bool = false, threads: Int = 1
  ) throws(SegmentError) {
    guard labels.grid.isClose(to: image.grid) else {
      throw SegmentError(.mismatch, "expected labels on the image's grid, \(image.grid), found \(labels.grid)")
    }
    let buckets = SegmentBuckets(image: image, labels: labels, background: background)
    let shapes = SegmentShape.all(of: labels, background: background, threads: threads)
    let wanted = Set(buckets.labels + table.labels.map(\.value).filter { background || $0 != 0 }).sorted()
    rows = concurrentMap(wanted, threads: threads) { label in
      let sample = buckets.sample(label, grid: image.grid, shape: shapes[label] ?? SegmentShape())
      return Row(label: label, name: table.name(label), values: StatisticRegistry.all.flatMap { $0.values(of: sample) })
    }
  }

  /// The value of a statistic of a label; `nil` where there is no such row or column.
  public subscript(label: Int, column: String) -> Double? {
    guard let index = Self.columns.firstIndex(of: column) else { return nil }
    return rows.first { $0.label == label }?.values[index]
  }

  /// The table `statistics.csv` of a case without explanations: label, name, then ``columns``.
  public var csv: CSVTable { table(explainedBy: [], labels: LabelTable()) }
}

/// The results of `body` in the order of the elements.
private func concurrentMap<Element: Sendable, Result: Sendable>(
  _ elements: [Element], threads: Int, _ body: @Sendable (Element) -> Result
) -> [Result] {
  let workers = max(1, min(threads, elements.count))
  if workers == 1 { return elements.map(body) }
  return [Result](unsafeUninitializedCapacity: elements.count) { results, count in
    nonisolated(unsafe) let output = results
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      for index in stride(from: worker, to: elements.count, by: workers) {
        output.initializeElement(at: index, to: body(elements[index]))
      }
    }
    count = elements.count
  }
}
