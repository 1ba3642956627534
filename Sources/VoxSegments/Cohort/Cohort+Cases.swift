import VoxGrid

extension Cohort {
  /// Puts case files side by side.
  ///
  /// - Throws: ``SegmentError``: `unsupported` for cases of another network, method, stitching or meaning of a label
  ///   than the first, which must not be averaged; `malformed` for no case at all and for two cases of one name.
  public init(_ files: [CaseFile]) throws(SegmentError) {
    guard let first = files.first else { throw SegmentError(.malformed, "expected at least one case, found none") }
    var labels = first.labels
    for file in files {
      try file.requireSame("network", file.model.sha256, first.model.sha256, as: first)
      try file.requireSame("method", file.method, first.method, as: first)
      try file.requireSame("stitching", file.stitch, first.stitch, as: first)
      for label in file.labels.labels {
        try file.requireSame("label \(label.value)", label.name, labels[label.value]?.name ?? label.name, as: first)
      }
      labels = LabelTable(labels.labels + file.labels.labels)
    }
    let rows = files.flatMap(\.matrix)
    try self.init(
      cases: files.map(\.name), labels: labels, targets: Set(rows.map(\.target)), regions: Set(rows.map(\.region)))
    for (index, file) in files.enumerated() {
      let explained = Set(file.matrix.lazy.filter { $0.mass > 0 }.map(\.target))
      for row in file.matrix where explained.contains(row.target) {
        self[case: index, row.target, row.region] = Cell(mass: row.mass, mean: row.mean, enrichment: row.enrichment)
      }
    }
  }
}

extension CaseFile {
  fileprivate func requireSame(_ what: String, _ found: String, _ expected: String, as first: CaseFile)
    throws(SegmentError)
  {
    guard found != expected else { return }
    throw SegmentError(
      .unsupported,
      "expected \(what) \"\(expected)\" as in case \"\(first.name)\", found \"\(found)\""
        + "; aggregate comparable cases only",
      at: .file(name))
  }
}
