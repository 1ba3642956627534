import VoxGrid

extension Cohort {
  /// Reads the wide table of the Agg2Exp authors: one line per case.
  ///
  /// Columns are `patient`, `{A}_explanation_in_{B}_mass`, `{A}_explanation_in_{B}_mean` and, where known, `{A}_dice`;
  /// others are passed over, as is whatever is empty or NaN. `background` becomes label 0, the other names 1, 2, ...
  /// in the order of the table. Region sizes are not in the table; they follow from `mass / mean`, which is
  /// proportional to the voxels of the region, in the first target that has attribution in every region.
  ///
  /// - Throws: ``SegmentError`` of code `malformed` with row and column.
  public init(agg2exp table: CSVTable) throws(SegmentError) {
    let wide = try WideTable(table)
    var next = wide.names.contains("background") ? 0 : 1
    var labels: [String: Label] = [:]
    for name in wide.names.filter({ $0 == "background" }) + wide.names.filter({ $0 != "background" }) {
      labels[name] = Label(value: next, name: name)
      next += 1
    }
    func value(_ name: String) -> Int { labels[name]?.value ?? 0 }
    try self.init(
      cases: try wide.rows.map { row throws(SegmentError) in try wide.text(row, "patient") },
      labels: LabelTable(Array(labels.values)), targets: Set(wide.pairs.map { value($0.target) }),
      regions: Set(wide.pairs.map { value($0.region) }))
    for (index, row) in wide.rows.enumerated() {
      for pair in wide.pairs {
        let mass = try wide.number(row, pair.column + "_mass", in: 0...1.001)
        let mean = try wide.number(row, pair.column + "_mean", in: 0...Double.greatestFiniteMagnitude)
        self[case: index, value(pair.target), value(pair.region)] = Cell(mass: mass, mean: mean)
      }
      for name in wide.names where wide.has(name + "_dice") {
        let dice = try wide.number(row, name + "_dice", in: 0...1.001)
        if !dice.isNaN { self.dice[index][value(name)] = dice }
      }
      deriveEnrichment(case: index)
    }
  }

  /// Fills in `enrichment = mass / (the region's share of the volume)`, the share taken from `mass / mean`.
  private mutating func deriveEnrichment(case index: Int) {
    let ratios = targets.map { target in
      regions.map { region in
        let cell = self[case: index, target, region]
        return cell.mass / cell.mean
      }
    }
    guard let size = ratios.first(where: { $0.allSatisfy { $0 > 0 && $0.isFinite } }) else { return }
    let total = size.reduce(0, +)
    for target in targets {
      for (region, size) in zip(regions, size) {
        self[case: index, target, region].enrichment = self[case: index, target, region].mass / (size / total)
      }
    }
  }
}

/// The wide table's columns by meaning and its rows by number.
private struct WideTable {
  struct Pair {
    let target: String
    let region: String
    let column: String
  }

  let table: CSVTable
  /// Every target and region in the order of the columns.
  let pairs: [Pair]
  /// Every name of a target or region, once.
  let names: [String]
  private let index: [String: Int]

  init(_ table: CSVTable) throws(SegmentError) {
    self.table = table
    index = Dictionary(uniqueKeysWithValues: zip(table.columns, 0...))
    pairs = table.columns.compactMap { column in
      guard column.hasSuffix("_mass"), let infix = column.firstRange(of: "_explanation_in_") else { return nil }
      let pair = column.dropLast("_mass".count)
      return Pair(
        target: String(pair[..<infix.lowerBound]), region: String(pair[infix.upperBound...]), column: String(pair))
    }
    var seen = Set<String>()
    names = pairs.flatMap { [$0.target, $0.region] }.filter { seen.insert($0).inserted }
    for column in ["patient"] + pairs.map({ $0.column + "_mean" }) where index[column] == nil {
      throw SegmentError(.malformed, "expected this column, found none of that name", at: .column(column))
    }
    guard !pairs.isEmpty, !table.rows.isEmpty else {
      throw SegmentError(
        .malformed,
        "expected columns {A}_explanation_in_{B}_mass and a line per case, found \(pairs.count) such columns"
          + " and \(table.rows.count) lines")
    }
  }

  var rows: Range<Int> { table.rows.indices }

  func has(_ column: String) -> Bool { index[column] != nil }

  func text(_ row: Int, _ column: String) throws(SegmentError) -> String {
    guard let index = index[column] else {
      throw SegmentError(.malformed, "expected this column, found none of that name", at: .column(column))
    }
    return table.rows[row][index]
  }

  /// A number in a range; NaN for an empty cell.
  func number(_ row: Int, _ column: String, in range: ClosedRange<Double>) throws(SegmentError) -> Double {
    let text = try text(row, column)
    if text.isEmpty { return .nan }
    guard let number = Double(text), number.isNaN || range.contains(number) else {
      throw SegmentError(
        .malformed, "expected a number from \(range.lowerBound) to \(range.upperBound), found \"\(text)\"",
        at: .row(row + 1), .column(column))
    }
    return number
  }
}
