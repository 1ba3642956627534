import VoxGrid

/// Labels that explain each other, joined step by step.
///
/// Average linkage on the distance `max(w) - w(a, b)`, `w(a, b) = (sqrt G(a, b) + sqrt G(b, a)) / 2`, over the labels
/// that are targets and regions, background left out. `G` is not symmetric; the mean of both directions uses all of
/// it.
///
/// - Source: Agg2Exp (square root, linkage); UPGMA: Sokal and Michener 1958; cophenetic correlation: Sokal and Rohlf
///   1962.
public struct LabelClustering: CohortProduct {
  /// One step: two clusters become one.
  public struct Merge: Sendable {
    /// Labels of the two clusters, each rising; the cluster with the smallest label first.
    public let left: [Int]
    public let right: [Int]
    /// Mean distance between the labels of one and of the other.
    public let distance: Double
  }

  public static let fileName = "clusters.csv"

  /// The nearest clusters first.
  public let merges: [Merge]
  /// Pearson correlation of the distances of all pairs with the distances at which they were joined; NaN for fewer
  /// than three labels.
  public let copheneticCorrelation: Double

  /// Clusters the labels of a cohort.
  ///
  /// - Complexity: O(labels^3).
  public init(_ cohort: Cohort) {
    let labels = cohort.targets.filter { $0 != 0 && !cohort.globalMass(target: $0, region: $0).isNaN }
    let weights = labels.map { a in
      labels.map { b in (Self.root(cohort, a, b) + Self.root(cohort, b, a)) / 2 }
    }
    let strongest = labels.indices.flatMap { i in weights[i][..<i] }.max() ?? 0
    self.init(labels: labels, distances: weights.map { $0.map { strongest - $0 } })
  }

  /// Clusters labels by a symmetric matrix of distances.
  package init(labels: [Int], distances: [[Double]]) {
    var clusters = labels.indices.map { [$0] }
    var between = distances
    var cophenetic = distances
    var merges: [Merge] = []
    while clusters.count > 1 {
      var (left, right) = (0, 1)
      for i in clusters.indices {
        for j in clusters.indices.dropFirst(i + 1) where between[i][j] < between[left][right] { (left, right) = (i, j) }
      }
      let (a, b, distance) = (clusters[left], clusters[right], between[left][right])
      merges.append(Merge(left: a.map { labels[$0] }, right: b.map { labels[$0] }, distance: distance))
      for i in a { for j in b { (cophenetic[i][j], cophenetic[j][i]) = (distance, distance) } }
      let (m, n) = (Double(a.count), Double(b.count))
      for k in clusters.indices where k != left && k != right {
        let joined = (m * between[left][k] + n * between[right][k]) / (m + n)
        (between[left][k], between[k][left]) = (joined, joined)
      }
      clusters[left] = (a + b).sorted()
      clusters.remove(at: right)
      between.remove(at: right)
      for k in between.indices { between[k].remove(at: right) }
    }
    let pairs = labels.indices.flatMap { i in (0..<i).map { (i, $0) } }
    self.merges = merges
    copheneticCorrelation =
      pairs.count < 3 ? .nan : pearson(pairs.map { distances[$0][$1] }, pairs.map { cophenetic[$0][$1] })
  }

  /// `clusters.csv`: step, left, right, distance, labels, cophenetic_correlation.
  ///
  /// A cluster made in step 3 is called `#3`; `labels` counts those joined in this step; the correlation is the whole
  /// tree's.
  public static func text(of cohort: Cohort, settings: CohortSettings) -> String {
    let clustering = LabelClustering(cohort)
    var table = CSVTable(columns: ["step", "left", "right", "distance", "labels", "cophenetic_correlation"])
    var names: [[Int]: String] = [:]
    for (index, merge) in clustering.merges.enumerated() {
      func name(_ cluster: [Int]) -> String { names[cluster] ?? cohort.labels.name(cluster[0]) }
      table.append([
        String(index + 1), name(merge.left), name(merge.right), CSVTable.cell(merge.distance),
        String(merge.left.count + merge.right.count), CSVTable.cell(clustering.copheneticCorrelation),
      ])
      names[(merge.left + merge.right).sorted()] = "#\(index + 1)"
    }
    return table.text
  }

  /// Square root of the mean mass, 0 where no case has the cell.
  private static func root(_ cohort: Cohort, _ target: Int, _ region: Int) -> Double {
    let mass = cohort.globalMass(target: target, region: region)
    return mass.isNaN ? 0 : mass.squareRoot()
  }
}

/// Pearson correlation of two samples; NaN where one is constant.
private func pearson(_ x: [Double], _ y: [Double]) -> Double {
  let (meanX, meanY) = (x.presentMean, y.presentMean)
  var (xx, yy, xy) = (0.0, 0.0, 0.0)
  for (a, b) in zip(x, y) {
    xx += (a - meanX) * (a - meanX)
    yy += (b - meanY) * (b - meanY)
    xy += (a - meanX) * (b - meanY)
  }
  return xy / (xx * yy).squareRoot()
}
