import Testing
import VoxGrid
import VoxSegments

@Suite("label clustering")
struct LabelClusteringTests {
  /// Values by `scipy.cluster.hierarchy.linkage(method="average")` and `cophenet`, scipy 1.x.
  @Test("average linkage and cophenetic correlation equal scipy's")
  func scipy() {
    let clustering = LabelClustering(
      labels: [10, 20, 30, 40, 50],
      distances: [[0, 2, 6, 10, 9], [2, 0, 5, 9, 8], [6, 5, 0, 4, 5], [10, 9, 4, 0, 3], [9, 8, 5, 3, 0]])
    #expect(clustering.merges.map(\.left) == [[10], [40], [30], [10, 20]])
    #expect(clustering.merges.map(\.right) == [[20], [50], [40, 50], [30, 40, 50]])
    for (merge, height) in zip(clustering.merges, [2, 3, 4.5, 47.0 / 6]) {
      #expect(abs(merge.distance - height) < 1e-12)
    }
    #expect(abs(clustering.copheneticCorrelation - 0.8481745673849148) < 1e-12)
  }

  @Test("the order of the labels changes no distance")
  func permutation() {
    let distances: [[Double]] = [
      [0, 2, 6, 10, 9], [2, 0, 5, 9, 8], [6, 5, 0, 4, 5], [10, 9, 4, 0, 3], [9, 8, 5, 3, 0],
    ]
    let order = [3, 0, 4, 2, 1]
    let permuted = LabelClustering(labels: order, distances: order.map { i in order.map { distances[i][$0] } })
    let plain = LabelClustering(labels: [0, 1, 2, 3, 4], distances: distances)
    for (a, b) in zip(plain.merges, permuted.merges) {
      #expect(abs(a.distance - b.distance) < 1e-12)
      #expect(Set([Set(a.left), Set(a.right)]) == Set([Set(b.left), Set(b.right)]))
    }
    #expect(abs(plain.copheneticCorrelation - permuted.copheneticCorrelation) < 1e-12)
  }

  @Test("too few labels make no clusters", arguments: [0, 1])
  func few(count: Int) {
    let clustering = LabelClustering(
      labels: Array(0..<count), distances: Array(repeating: Array(repeating: 0, count: count), count: count))
    #expect(clustering.merges.isEmpty)
    #expect(clustering.copheneticCorrelation.isNaN)
  }

  @Test("the table calls a cluster by its step")
  func table() throws {
    let cohort = try Cohort([
      CohortTests.file(
        "a", [[0, 0.7, 0.2, 0.1], [0, 0.3, 0.6, 0.1], [0.2, 0.1, 0.1, 0.6]],
        labels: ["background", "liver", "spleen", "lung"])
    ])
    let table = try CSVTable(parsing: LabelClustering.text(of: cohort, settings: CohortSettings()))
    #expect(table.columns == ["step", "left", "right", "distance", "labels", "cophenetic_correlation"])
    #expect(table.rows.map { Array($0[0...2]) } == [["1", "liver", "spleen"], ["2", "#1", "lung"]])
    #expect(table.rows.map { $0[3] }.first == "0")
    #expect(table.rows.map { $0[4] } == ["2", "3"])
  }
}
