import VoxFormats
import VoxSegments

/// `stats`: what the scan and the attributions say in every segment, as a table.
struct StatisticsProduct: Product {
  let name = "stats"
  let summary = "statistics.csv: volume, intensities, centroid, surface and shares of attribution of every label"
  let needs: Set<Ingredient> = [.labels]
  let usesStatistics = true

  func begin(_ results: CaseResults, in directory: AtomicDirectory) throws -> any ProductWriter {
    Writer(results: results, directory: directory)
  }

  private struct Writer: ProductWriter {
    let results: CaseResults
    let directory: AtomicDirectory

    func finish(_ summary: CaseSummary) throws {
      guard let statistics = summary.statistics else { return }
      let table = statistics.table(explainedBy: summary.matrix, labels: results.table)
      try directory.write(results.tables.text(of: table), as: "statistics.\(results.tables.name)")
    }
  }
}
