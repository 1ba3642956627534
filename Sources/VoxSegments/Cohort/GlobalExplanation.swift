import VoxGrid

/// The global explanation of a cohort: for each target and region, the mean over cases.
///
/// `G(c, r)` = mean of `mass(c, r)` over the cases that have it, with a bootstrap interval; the medians and the means
/// of `mean` and `enrichment` stand beside it.
///
/// - Source: Agg2Exp; intervals: ``Bootstrap``.
public struct GlobalExplanation: CohortProduct {
  /// One target in one region.
  public struct Row: Sendable {
    public let target: Int
    public let region: Int
    /// Cases that have this cell.
    public let cases: Int
    /// Mean over these cases.
    public let mass: Double
    /// 95 % interval of `mass`; `nil` for fewer than two cases.
    public let interval: (low: Double, high: Double)?
    /// Median of the masses.
    public let median: Double
    /// Mean over cases of the mean absolute attribution per voxel.
    public let mean: Double
    /// Mean over cases of the enrichment.
    public let enrichment: Double
  }

  public static let fileName = "global.csv"

  /// One row per target and region that some case has, in rising order of target, then region.
  public let rows: [Row]

  /// Averages a cohort.
  ///
  /// - Complexity: O(targets * regions * cases * resamples).
  public init(_ cohort: Cohort, settings: CohortSettings = CohortSettings()) {
    let bootstrap = Bootstrap(cases: cohort.cases.count, settings: settings)
    rows = cohort.targets.flatMap { target in
      cohort.regions.compactMap { region -> Row? in
        let masses = cohort.values(\.mass, target: target, region: region)
        let present = masses.present
        guard !present.isEmpty else { return nil }
        return Row(
          target: target, region: region, cases: present.count, mass: masses.presentMean,
          interval: bootstrap.interval(masses), median: present.sorted().quantile(0.5),
          mean: cohort.values(\.mean, target: target, region: region).presentMean,
          enrichment: cohort.values(\.enrichment, target: target, region: region).presentMean)
      }
    }
  }

  /// `global.csv`: target, region, cases, mass, ci_low, ci_high, median, mean, enrichment.
  public static func text(of cohort: Cohort, settings: CohortSettings) -> String {
    var table = CSVTable(
      columns: ["target", "region", "cases", "mass", "ci_low", "ci_high", "median", "mean", "enrichment"])
    for row in GlobalExplanation(cohort, settings: settings).rows {
      let numbers = [row.mass, row.interval?.low, row.interval?.high, row.median, row.mean, row.enrichment]
      table.append(
        [cohort.labels.name(row.target), cohort.labels.name(row.region), String(row.cases)]
          + numbers.map { CSVTable.cell($0) })
    }
    return table.text
  }
}
