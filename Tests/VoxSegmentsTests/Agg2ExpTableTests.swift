import Foundation
import Testing
import VoxGrid
import VoxSegments
import _VoxTestSupport

private let tablePath = "cohort/tsv2_test_aggregated_sg_explanations_with_dice.csv"

/// Published figures of the authors' own table of 32 scans.
@Suite("Agg2Exp authors' cohort", .enabled(if: SharedData.has(tablePath), "needs ../shared/data/\(tablePath)"))
struct Agg2ExpCohortTests {
  static func cohort() throws -> Cohort {
    try Cohort(agg2exp: CSVTable(parsing: String(contentsOf: SharedData.url(tablePath), encoding: .utf8)))
  }

  let cohort: Cohort
  init() throws { cohort = try Self.cohort() }

  private func value(_ name: String) throws -> Int { try #require(cohort.labels.value(name)) }

  @Test("32 cases of 17 classes are read, background as label 0")
  func size() {
    #expect(cohort.cases.count == 32)
    #expect(cohort.targets == Array(0..<17) && cohort.regions == cohort.targets)
    #expect(cohort.labels.name(0) == "background" && cohort.labels.name(1) == "aorta")
    #expect(cohort.dice.allSatisfy { $0.count == 17 })
  }

  @Test("masses of every case and target add up to 1")
  func conservation() {
    for index in cohort.cases.indices {
      for target in cohort.targets {
        let sum = cohort.regions.map { cohort[case: index, target, $0].mass }.reduce(0, +)
        #expect(abs(sum - 1) < 1e-5)
      }
    }
  }

  static let selfMass: [(String, mean: Double, tolerance: Double)] = [
    ("background", 0.847, 5e-4), ("lung_lower_lobe_right", 0.137, 5e-4), ("lung_upper_lobe_right", 0.122, 5e-4),
    ("lung_lower_lobe_left", 0.106, 5e-4), ("lung_upper_lobe_left", 0.105, 5e-4), ("heart", 0.065, 5e-4),
    ("lung_middle_lobe_right", 0.062, 5e-4), ("autochthon_left", 0.045, 5e-4), ("vertebraes", 0.036, 5e-4),
    ("autochthon_right", 0.034, 5e-4), ("aorta", 0.032, 5e-4), ("ribs", 0.017, 5e-4), ("sternum", 0.014, 5e-4),
    ("costal_cartilages", 0.014, 5e-4), ("trachea", 0.0047, 5e-5), ("pulmonary_vein", 0.0043, 5e-5),
    ("thyroid_gland", 0.0033, 5e-5),
  ]

  @Test("self masses are the published ones", arguments: Self.selfMass)
  func selfMassMean(name: String, mean: Double, tolerance: Double) throws {
    let row = try #require(ContextRanking(cohort).rows.first { $0.target == (try? value(name)) })
    #expect(abs(row.selfMass - mean) <= tolerance * 1.01)
    let interval = try #require(row.interval)
    #expect(interval.low < row.selfMass && row.selfMass < interval.high)
  }

  @Test("the ranking runs from the thyroid to the background")
  func ranking() throws {
    let names = ContextRanking(cohort).rows.map { cohort.labels.name($0.target) }
    #expect(names.prefix(3) == ["thyroid_gland", "pulmonary_vein", "trachea"])
    #expect(names.suffix(2) == ["lung_lower_lobe_right", "background"])
  }

  @Test("medians and the background's volume are the published ones")
  func medians() throws {
    let rows = ContextRanking(cohort).rows
    let background = try #require(rows.first { $0.target == 0 })
    #expect(abs(background.median - 0.861) < 6e-4)
    #expect(abs(background.volumeFraction - 0.874) < 6e-4)
    let lowerLeft = try value("lung_lower_lobe_left")
    #expect(abs(try #require(rows.first { $0.target == lowerLeft }).median - 0.0969) < 6e-5)
  }

  @Test(
    "self enrichment is the published one",
    arguments: [("pulmonary_vein", 16.0), ("thyroid_gland", 19.3), ("sternum", 18.7), ("aorta", 10.6)])
  func enrichment(name: String, expected: Double) throws {
    let row = try #require(ContextRanking(cohort).rows.first { $0.target == (try? value(name)) })
    #expect(abs(row.enrichment - expected) < 0.07)
  }

  @Test("enrichment puts 13 of 17 classes first in their own explanation, 16 among the first two")
  func selfRank() {
    let rows = GlobalExplanation(cohort).rows
    let ranks = cohort.targets.map { target in
      let own = rows.filter { $0.target == target }
      let selfEnrichment = own.first { $0.region == target }?.enrichment ?? .nan
      return own.filter { $0.enrichment > selfEnrichment }.count
    }
    #expect(ranks.filter { $0 == 0 }.count == 13)
    #expect(ranks.filter { $0 < 2 }.count == 16)
  }

  @Test("background receives 64 to 80 % of every class's mass")
  func background() throws {
    for row in GlobalExplanation(cohort).rows where row.region == 0 && row.target != 0 {
      #expect((0.63...0.81).contains(row.mass), "\(cohort.labels.name(row.target)): \(row.mass)")
    }
  }

  @Test(
    "odd cases have a low Dice: Spearman correlations are the published ones",
    arguments: [
      ("background", 0.58), ("lung_lower_lobe_right", 0.57), ("heart", 0.47), ("lung_upper_lobe_right", 0.45),
      ("costal_cartilages", 0.42),
    ])
  func outliers(name: String, expected: Double) throws {
    let target = try value(name)
    let rows = OutlierScores(cohort).rows.filter { $0.target == target }
    #expect(rows.count == 32)
    let dice = try rows.map { try #require(cohort.dice[$0.caseIndex][target]) }
    #expect(abs(-spearman(rows.map(\.distance), dice) - expected) < 0.006)
  }

  /// Heights and correlation by scipy's `linkage(method="average")` and `cophenet` on the documented distance.
  @Test("clusters equal scipy's")
  func clusters() throws {
    let clustering = LabelClustering(cohort)
    func names(_ labels: [Int]) -> Set<String> { Set(labels.map { cohort.labels.name($0) }) }
    #expect(abs(clustering.copheneticCorrelation - 0.7160506192423586) < 1e-9)
    #expect(clustering.merges.count == 15)
    let first = clustering.merges[0]
    #expect(first.distance == 0)
    #expect(names(first.left + first.right) == ["lung_upper_lobe_right", "lung_lower_lobe_right"])
    #expect(abs(clustering.merges[1].distance - 0.00707250755) < 1e-10)
    #expect(abs(clustering.merges[14].distance - 0.200985219) < 1e-9)
    #expect(clustering.merges[14].right == [try value("thyroid_gland")])
  }

  @Test("the authors' cumulative rule keeps every source of most classes")
  func cumulativeRule() throws {
    let edges = ExplanationGraph(cohort, rule: .cumulative(0.35)).edges
    let counts = cohort.targets.dropFirst().map { target in edges.filter { $0.target == target }.count }
    #expect(counts.filter { $0 == 15 }.count >= 13)
    #expect(ExplanationGraph(cohort, rule: .strongest(5)).edges.count == 16 * 5)
  }
}

@Suite("Agg2Exp wide table")
struct Agg2ExpTableTests {
  static let text = """
    patient,liver_explanation_in_liver_mass,liver_explanation_in_liver_mean,liver_explanation_in_background_mass,\
    liver_explanation_in_background_mean,liver_explanation_var,liver_dice
    s1,0.25,5,0.75,1,3,0.9
    s2,,nan,1,1,3,
    """

  @Test("names, missing cells, Dice and derived enrichment")
  func reading() throws {
    let cohort = try Cohort(agg2exp: CSVTable(parsing: Self.text))
    #expect(cohort.cases == ["s1", "s2"])
    #expect(cohort.labels.labels.map(\.name) == ["background", "liver"])
    #expect(cohort.targets == [1] && cohort.regions == [0, 1])
    #expect(cohort[case: 0, 1, 1].mass == 0.25)
    // Sizes are as 0.25 / 5 to 0.75 / 1, so liver is a sixteenth of the volume.
    #expect(abs(cohort[case: 0, 1, 1].enrichment - 4) < 1e-12)
    #expect(cohort[case: 1, 1, 1].mass.isNaN)
    #expect(cohort[case: 1, 1, 0].enrichment.isNaN)
    #expect(cohort.dice == [[1: 0.9], [:]])
  }

  struct Malformed: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let replace: String
    let with: String
    let context: [SegmentError.Context]
  }

  static let liverMass = "liver_explanation_in_liver_mass"

  @Test(
    "a malformed table throws with the place",
    arguments: [
      Malformed(testDescription: "no case column", replace: "patient", with: "scan", context: [.column("patient")]),
      Malformed(
        testDescription: "no mean", replace: "in_liver_mean", with: "in_liver_median",
        context: [.column("liver_explanation_in_liver_mean")]),
      Malformed(
        testDescription: "text for a number", replace: "0.25", with: "much", context: [.row(1), .column(liverMass)]),
      Malformed(testDescription: "mass above 1", replace: "0.25", with: "25", context: [.row(1), .column(liverMass)]),
      Malformed(
        testDescription: "infinite mass", replace: "0.25", with: "inf", context: [.row(1), .column(liverMass)]),
      Malformed(testDescription: "case twice", replace: "s2", with: "s1", context: []),
      Malformed(testDescription: "no explanations", replace: "_explanation_in_", with: "_in_", context: []),
    ])
  func malformedThrows(_ example: Malformed) throws {
    let range = try #require(Self.text.range(of: example.replace))
    let text =
      example.testDescription == "no explanations"
      ? Self.text.replacing(example.replace, with: example.with)
      : Self.text.replacingCharacters(in: range, with: example.with)
    let error = #expect(throws: SegmentError.self) { try Cohort(agg2exp: CSVTable(parsing: text)) }
    #expect(error?.code == .malformed)
    #expect(error?.context == example.context, "\(error?.description ?? "no error")")
  }
}

/// Rank correlation, ties sharing their mean rank.
private func spearman(_ x: [Double], _ y: [Double]) -> Double {
  func ranks(_ values: [Double]) -> [Double] {
    values.map { value in
      Double(values.filter { $0 < value }.count) + Double(values.filter { $0 == value }.count - 1) / 2
    }
  }
  let (a, b) = (ranks(x), ranks(y))
  let mean = Double(x.count - 1) / 2
  func covariance(_ p: [Double], _ q: [Double]) -> Double { zip(p, q).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) } }
  return covariance(a, b) / (covariance(a, a) * covariance(b, b)).squareRoot()
}
