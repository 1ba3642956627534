public import VoxGrid

extension SegmentStatistics {
  /// The table `statistics.csv`: label, name, ``columns``, then for each target the mass, mean and enrichment of its
  /// attribution in the segment.
  ///
  /// - Parameter matrix: the case's Agg2Exp matrix; a target's columns are named `mass_liver` and so on, of targets with
  ///   one name `mass_liver_5`.
  public func table(explainedBy matrix: [MatrixRow], labels: LabelTable) -> CSVTable {
    var targets: [Int] = []
    for row in matrix where !targets.contains(row.target) { targets.append(row.target) }
    let measures = ["mass", "mean", "enrichment"]
    let known = Dictionary(grouping: targets, by: labels.name)
    let names = targets.flatMap { target in
      let name = labels.name(target)
      return measures.map { known[name]?.count == 1 ? "\($0)_\(name)" : "\($0)_\(name)_\(target)" }
    }
    var table = CSVTable(columns: ["label", "name"] + Self.columns + names, texts: ["name"])
    for row in rows {
      let shares = targets.flatMap { target -> [Double?] in
        let cell = matrix.first { $0.target == target && $0.region == row.label }
        return [cell?.mass, cell?.mean, cell?.enrichment]
      }
      let numbers = row.values.map(Optional.some) + shares
      table.append([String(row.label), row.name] + numbers.map { CSVTable.cell($0) })
    }
    return table
  }
}
