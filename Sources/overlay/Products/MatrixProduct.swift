import VoxFormats
import VoxSegments
import VoxStream

/// `matrix`: how much of each target's attribution lies in each region, as a table.
struct MatrixProduct: Product {
  let name = "matrix"
  let summary = "matrix.csv: the Agg2Exp matrix, share of each target's attribution per region"
  let needs: Set<Ingredient> = [.matrix]
  let usesMatrix = true

  func begin(_ results: CaseResults, in directory: AtomicDirectory) throws -> any ProductWriter {
    Writer(results: results, directory: directory)
  }

  private struct Writer: ProductWriter {
    let results: CaseResults
    let directory: AtomicDirectory

    func finish(_ summary: CaseSummary) throws {
      let table = CSVTable(matrix: summary.matrix, labels: results.table)
      try directory.write(results.tables.text(of: table), as: "matrix.\(results.tables.name)")
    }
  }
}
