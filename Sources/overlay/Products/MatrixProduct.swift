import VoxFormats
import VoxSegments
import VoxStream

/// `matrix`: how much of each target's attribution lies in each region, as a table.
struct MatrixProduct: Product {
  let name = "matrix"
  let summary = "matrix.csv: the Agg2Exp matrix, share of each target's attribution per region"
  let needs: Set<Ingredient> = [.matrix]

  func begin(_ results: CaseResults, in directory: AtomicDirectory) throws -> any ProductWriter {
    if let matrix = results.header.matrix {
      let table = CSVTable(matrix: matrix, labels: results.table)
      try directory.write(results.tables.text(of: table), as: "matrix.\(results.tables.name)")
    }
    return NothingMore()
  }
}
