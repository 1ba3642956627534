import VoxFormats
import VoxSegments
import VoxStream

/// `matrix`: how much of each target's attribution lies in each region, as a table.
struct MatrixProduct: Product {
  let name = "matrix"
  let summary = "matrix.csv: the Agg2Exp matrix, share of each target's attribution per region"
  let needs: Set<Ingredient> = [.matrix]

  func write(_ results: CaseResults, to directory: AtomicDirectory) throws {
    guard let matrix = results.header.matrix else { return }
    try directory.write(CSVTable(matrix: matrix, labels: results.table).text, as: "matrix.csv")
  }
}
