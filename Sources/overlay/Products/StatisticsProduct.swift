import VoxFormats
import VoxSegments

/// `stats`: what the scan says in every segment, as a table.
struct StatisticsProduct: Product {
  let name = "stats"
  let summary = "statistics.csv: volume, intensities and centroid of every label"
  let needs: Set<Ingredient> = [.labels]

  func write(_ results: CaseResults, to directory: AtomicDirectory) throws {
    guard let labels = results.labels else { return }
    let statistics = try SegmentStatistics(
      image: results.image, labels: labels, table: results.table, threads: results.threads)
    try directory.write(statistics.csv.text, as: "statistics.csv")
  }
}
