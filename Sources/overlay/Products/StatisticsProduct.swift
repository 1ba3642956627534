import VoxFormats
import VoxGrid
import VoxSegments
import VoxStream

/// `stats`: what the scan and the attributions say in every segment, as a table.
struct StatisticsProduct: Product {
  let name = "stats"
  let summary = "statistics.csv: volume, intensities, centroid, surface and shares of attribution of every label"
  let needs: Set<Ingredient> = [.labels]

  func begin(_ results: CaseResults, in directory: AtomicDirectory) throws -> any ProductWriter {
    guard let labels = results.labels else { return NothingMore() }
    return Writer(labels: labels, results: results, directory: directory)
  }

  /// Adds up what the stream does not say of the attributions, and writes the table at the end.
  private struct Writer: ProductWriter {
    let labels: LabelMap
    let results: CaseResults
    let directory: AtomicDirectory
    var sums = MatrixAccumulator()

    mutating func add(_ explanation: Explanation) throws {
      guard results.header.matrix == nil, let segment = explanation.segment else { return }
      try sums.add(explanation.map.voxels, regions: labels.voxels, target: Int(segment))
    }

    func finish() throws {
      let statistics = try SegmentStatistics(
        image: results.image, labels: labels, table: results.table, threads: results.threads)
      let table = statistics.table(explainedBy: results.header.matrix ?? sums.rows, labels: results.table)
      try directory.write(results.tables.text(of: table), as: "statistics.\(results.tables.name)")
    }
  }
}
