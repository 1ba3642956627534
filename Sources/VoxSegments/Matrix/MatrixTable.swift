public import VoxGrid

extension CSVTable {
  /// The table `matrix.csv`: target, region, mass, mean, positive, negative, enrichment, ci_low, ci_high.
  ///
  /// Targets and regions are written by name, by number where `labels` has none; a missing interval is an empty cell.
  public init(matrix: [MatrixRow], labels: LabelTable) {
    self.init(
      columns: ["target", "region", "mass", "mean", "positive", "negative", "enrichment", "ci_low", "ci_high"],
      texts: ["target", "region"])
    for row in matrix {
      let numbers = [row.mass, row.mean, row.positive, row.negative, row.enrichment, row.ciLow, row.ciHigh]
      append([labels.name(row.target), labels.name(row.region)] + numbers.map { CSVTable.cell($0) })
    }
  }
}
