/// A file that `aggregate` writes of a cohort.
public protocol CohortProduct: Sendable {
  /// Name of the file, e.g. `global.csv`.
  static var fileName: String { get }

  /// The content of the file.
  static func text(of cohort: Cohort, settings: CohortSettings) -> String
}

/// What a user can choose about the products.
public struct CohortSettings: Sendable {
  /// Resamples of the cases behind a confidence interval; 0 for no intervals.
  public var resamples = 1000
  /// Seed of these resamples.
  public var seed: UInt64 = 0
  /// Which edges the graph keeps.
  public var edges = EdgeRule.strongest(5)

  /// Makes the defaults.
  public init() {}
}

/// The files `aggregate` writes, in the order in which it writes them.
public enum CohortProducts {
  public static let all: [any CohortProduct.Type] = [
    GlobalExplanation.self,
    ContextRanking.self,
    ExplanationGraph.self,
    LabelClustering.self,
    OutlierScores.self,
  ]
}
