import Foundation
import VoxGrid

/// How far each case lies from the others, target by target.
///
/// The feature vector of a case is its mass in every region (0 where the case has no voxel of the region). Its
/// distance is measured to the mean `m` of the other cases with their ridged covariance: `d = sqrt((x - m)' (S + 0.1
/// tr(S)/p I)^-1 (x - m))`, `p` regions, so a case cannot hide itself. Distances of a target are compared on a
/// logarithmic scale with their median: `z = (log d - median) / (1.4826 MAD)`; a case with `z > 3` is an outlier.
///
/// - Source: Mahalanobis distance with leave-one-out and ridge; robust z: Iglewicz and Hoaglin 1993.
public struct OutlierScores: CohortProduct {
  /// One case in one target.
  public struct Row: Sendable {
    public let target: Int
    /// Index of the case in ``Cohort/cases``.
    public let caseIndex: Int
    public let distance: Double
    /// Robust z of `log(distance)` among the cases; NaN where most distances are equal.
    public let z: Double
    /// Region whose mass differs most, in units of its ridged standard deviation.
    public let region: Int
    /// Mass of the case in `region` less the mean of the others.
    public let difference: Double

    /// Whether the case stands out.
    public var isOutlier: Bool { z > 3 }
  }

  public static let fileName = "outliers.csv"

  /// By rising target, the oddest case first; none for a target that fewer than four cases have.
  public let rows: [Row]

  /// Scores a cohort.
  ///
  /// - Complexity: O(targets * cases * regions^3).
  public init(_ cohort: Cohort) {
    rows = cohort.targets.flatMap { Self.score(cohort, target: $0) }
  }

  /// `outliers.csv`: target, case, distance, z, outlier (1 or 0), region, difference.
  public static func text(of cohort: Cohort, settings: CohortSettings) -> String {
    var table = CSVTable(columns: ["target", "case", "distance", "z", "outlier", "region", "difference"])
    for row in OutlierScores(cohort).rows {
      table.append([
        cohort.labels.name(row.target), cohort.cases[row.caseIndex], CSVTable.cell(row.distance), CSVTable.cell(row.z),
        row.isOutlier ? "1" : "0", cohort.labels.name(row.region), CSVTable.cell(row.difference),
      ])
    }
    return table.text
  }

  private static let ridge = 0.1
  private static let fewestCases = 4

  private static func score(_ cohort: Cohort, target: Int) -> [Row] {
    let vectors = cohort.cases.indices.map { index in
      cohort.regions.map { cohort[case: index, target, $0].mass }
    }
    let present = vectors.indices.filter { vectors[$0].contains { !$0.isNaN } }
    guard present.count >= fewestCases else { return [] }
    let sample = LeaveOneOut(present.map { vectors[$0].map { $0.isNaN ? 0 : $0 } })
    let scores = present.indices.map { sample.score($0, ridge: ridge) }
    let logarithms = scores.map { log($0.distance) }
    let median = logarithms.sorted().quantile(0.5)
    let deviation = 1.4826 * logarithms.map { abs($0 - median) }.sorted().quantile(0.5)
    return zip(present, scores).map { caseIndex, score in
      Row(
        target: target, caseIndex: caseIndex, distance: score.distance,
        z: deviation > 0 ? (log(score.distance) - median) / deviation : .nan,
        region: cohort.regions[score.feature], difference: score.difference)
    }.sorted { ($1.distance, $0.caseIndex) < ($0.distance, $1.caseIndex) }
  }
}
