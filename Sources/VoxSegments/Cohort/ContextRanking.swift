import VoxGrid

/// Targets by how much of their explanation lies outside themselves.
///
/// The self mass `mass(c, c)` is small where the network relies on context. A small organ has a small self mass
/// whatever the network does, so the self enrichment and the share of the volume stand beside it.
///
/// - Source: Agg2Exp.
public struct ContextRanking: CohortProduct {
  /// One target.
  public struct Row: Sendable {
    public let target: Int
    /// Cases that have the target and its region.
    public let cases: Int
    /// Mean over these cases.
    public let selfMass: Double
    /// 95 % interval of `selfMass`; `nil` for fewer than two cases.
    public let interval: (low: Double, high: Double)?
    /// Median of the self masses.
    public let median: Double
    /// Mean over cases of the self enrichment.
    public let enrichment: Double
    /// Mean over cases of the target's own share of the volume.
    public let volumeFraction: Double
  }

  public static let fileName = "context.csv"

  /// The most contextual target (lowest self mass) first.
  public let rows: [Row]

  /// Ranks the targets that are regions as well.
  ///
  /// - Complexity: O(targets * cases * resamples).
  public init(_ cohort: Cohort, settings: CohortSettings = CohortSettings()) {
    let bootstrap = Bootstrap(cases: cohort.cases.count, settings: settings)
    rows = cohort.targets.compactMap { target -> Row? in
      let masses = cohort.values(\.mass, target: target, region: target)
      guard !masses.present.isEmpty else { return nil }
      let fractions = cohort.values(
        { $0.enrichment > 0 ? $0.mass / $0.enrichment : .nan }, target: target, region: target)
      return Row(
        target: target, cases: masses.present.count, selfMass: masses.presentMean, interval: bootstrap.interval(masses),
        median: masses.present.sorted().quantile(0.5),
        enrichment: cohort.values(\.enrichment, target: target, region: target).presentMean,
        volumeFraction: fractions.presentMean)
    }.sorted { ($0.selfMass, $0.target) < ($1.selfMass, $1.target) }
  }

  /// `context.csv`: rank, target, cases, self_mass, ci_low, ci_high, median, self_enrichment, volume_fraction.
  public static func text(of cohort: Cohort, settings: CohortSettings) -> String {
    var table = CSVTable(
      columns: [
        "rank", "target", "cases", "self_mass", "ci_low", "ci_high", "median", "self_enrichment", "volume_fraction",
      ])
    for (index, row) in ContextRanking(cohort, settings: settings).rows.enumerated() {
      let numbers = [
        row.selfMass, row.interval?.low, row.interval?.high, row.median, row.enrichment, row.volumeFraction,
      ]
      table.append(
        [String(index + 1), cohort.labels.name(row.target), String(row.cases)] + numbers.map { CSVTable.cell($0) })
    }
    return table.text
  }
}
