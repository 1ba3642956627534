import Testing
import VoxGrid
import VoxSegments
import _VoxTestSupport

@Suite("cohort")
struct CohortTests {
  /// A case with the masses of targets 1 and 2 in regions 0, 1, 2; `nil` leaves the row out.
  static func file(_ name: String, _ masses: [[Double?]], labels: [String] = ["background", "liver", "spleen"])
    -> CaseFile
  {
    let rows = masses.enumerated().flatMap { target, row in
      row.enumerated().compactMap { region, mass in
        mass.map {
          MatrixRow(
            target: target + 1, region: region, mass: $0, mean: 2 * $0, positive: $0, negative: 0,
            enrichment: 3 * $0)
        }
      }
    }
    return CaseFile(
      name: name, model: CaseFile.Model(name: "net", sha256: "00"), method: "gradient", stitch: "blended",
      labels: LabelTable(labels.enumerated().map { Label(value: $0.offset, name: $0.element) }), matrix: rows)
  }

  static let files = [
    file("a", [[0.5, 0.4, 0.1], [0.6, 0.1, 0.3]]),
    file("b", [[0.5, 0.2, 0.3], [0.4, 0.2, 0.4]]),
    file("c", [[0.4, 0.6, nil], [0, 0, 0]]),
  ]

  @Test("means leave missing cells and unexplained targets out")
  func global() throws {
    let rows = GlobalExplanation(try Cohort(Self.files)).rows
    func row(_ target: Int, _ region: Int) throws -> GlobalExplanation.Row {
      try #require(rows.first { $0.target == target && $0.region == region })
    }
    #expect(rows.count == 6)
    #expect(try row(1, 1).cases == 3)
    #expect(abs(try row(1, 1).mass - 0.4) < 1e-15)
    #expect(abs(try row(1, 1).mean - 0.8) < 1e-15)
    #expect(abs(try row(1, 1).enrichment - 1.2) < 1e-15)
    #expect(try row(1, 1).median == 0.4)
    #expect(try row(1, 2).cases == 2)
    #expect(abs(try row(1, 2).mass - 0.2) < 1e-15)
    #expect(try row(2, 0).cases == 2)
    #expect(abs(try row(2, 0).mass - 0.5) < 1e-15)
  }

  @Test("tables have the documented columns, names and empty cells")
  func tables() throws {
    let cohort = try Cohort([Self.files[0]])
    let global = try CSVTable(parsing: GlobalExplanation.text(of: cohort, settings: CohortSettings()))
    #expect(
      global.columns == ["target", "region", "cases", "mass", "ci_low", "ci_high", "median", "mean", "enrichment"])
    #expect(global.rows[1] == ["liver", "liver", "1", "0.4", "", "", "0.4", "0.8", "1.2000000000000002"])
    let context = try CSVTable(parsing: ContextRanking.text(of: cohort, settings: CohortSettings()))
    #expect(context.rows.map { $0[0] + $0[1] } == ["1spleen", "2liver"])
    #expect(context.rows[0][3...5] == ["0.3", "", ""])
    let outliers = try CSVTable(parsing: OutlierScores.text(of: cohort, settings: CohortSettings()))
    #expect(outliers.columns == ["target", "case", "distance", "z", "outlier", "region", "difference"])
    #expect(outliers.rows.isEmpty)
  }

  @Test("the order of the cases changes no mean and no rank")
  func order() throws {
    let forward = GlobalExplanation(try Cohort(Self.files)).rows
    let backward = GlobalExplanation(try Cohort(Self.files.reversed())).rows
    for (a, b) in zip(forward, backward) { #expect(abs(a.mass - b.mass) < 1e-15 && a.cases == b.cases) }
    #expect(
      ContextRanking(try Cohort(Self.files)).rows.map(\.target)
        == ContextRanking(try Cohort(Self.files.reversed())).rows.map(\.target))
  }

  struct Incomparable: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let change: @Sendable (inout CaseFile) -> Void
    let code: SegmentError.Code
  }

  static let incomparable = [
    Incomparable(testDescription: "network", change: { $0.model.sha256 = "11" }, code: .unsupported),
    Incomparable(testDescription: "method", change: { $0.method = "smoothgrad" }, code: .unsupported),
    Incomparable(testDescription: "stitching", change: { $0.stitch = "agg2exp" }, code: .unsupported),
    Incomparable(
      testDescription: "label", change: { $0.labels = LabelTable([Label(value: 2, name: "kidney")]) },
      code: .unsupported),
    Incomparable(testDescription: "name twice", change: { $0.name = "a" }, code: .malformed),
  ]

  @Test("cases that must not be averaged throw", arguments: Self.incomparable)
  func incomparableThrows(_ example: Incomparable) {
    var other = Self.files[1]
    example.change(&other)
    let error = #expect(throws: SegmentError.self) { try Cohort([Self.files[0], other]) }
    #expect(error?.code == example.code)
  }

  @Test("more labels than a segmentation has throw")
  func tooManyLabels() {
    let file = Self.file("a", [Array(repeating: 0.0001, count: 3000)])
    let error = #expect(throws: SegmentError.self) { try Cohort([file]) }
    #expect(error?.code == .unsupported)
  }

  @Test("no case at all throws")
  func empty() {
    #expect(throws: SegmentError.self) { try Cohort([]) }
  }
}

@Suite("bootstrap")
struct BootstrapTests {
  private static func interval(_ masses: [Double?], resamples: Int = 1000, seed: UInt64 = 0) throws -> (
    low: Double, high: Double
  )? {
    var settings = CohortSettings()
    (settings.resamples, settings.seed) = (resamples, seed)
    let files = masses.enumerated().map { CohortTests.file("\($0.offset)", [[$0.element, 0.5]]) }
    return GlobalExplanation(try Cohort(files), settings: settings).rows.first { $0.target == 1 && $0.region == 0 }?
      .interval
  }

  @Test("the interval of two cases reaches from one to the other")
  func two() throws {
    let interval = try #require(try Self.interval([0.2, 0.4]))
    #expect(interval.low == 0.2 && interval.high == 0.4)
  }

  @Test("equal cases leave no doubt")
  func equal() throws {
    let interval = try #require(try Self.interval([0.25, 0.25, 0.25]))
    #expect(interval.low == 0.25 && interval.high == 0.25)
  }

  @Test("fewer than two cases, or no resamples, give no interval")
  func none() throws {
    #expect(try Self.interval([0.2]) == nil)
    #expect(try Self.interval([0.2, nil]) == nil)
    #expect(try Self.interval([0.2, 0.4], resamples: 0) == nil)
  }

  @Test("a seed gives one result, another seed another that is near")
  func seeds() throws {
    var generator = SeededGenerator(seed: 5)
    let masses = (0..<30).map { _ in Double.random(in: 0..<0.5, using: &generator) }
    let (a, b) = (try #require(try Self.interval(masses, seed: 1)), try #require(try Self.interval(masses, seed: 1)))
    let c = try #require(try Self.interval(masses, seed: 2))
    #expect(a == b)
    #expect(a != c)
    #expect(abs(a.low - c.low) < 0.02 && abs(a.high - c.high) < 0.02)
  }

  @Test("the width is that of the normal approximation")
  func width() throws {
    var generator = SeededGenerator(seed: 6)
    let masses = (0..<100).map { _ in Double.random(in: 0..<1, using: &generator) }
    let mean = masses.reduce(0, +) / 100
    let error = (masses.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 100 / 100).squareRoot()
    let interval = try #require(try Self.interval(masses, resamples: 4000))
    #expect(abs(interval.low - (mean - 1.96 * error)) < 0.15 * error)
    #expect(abs(interval.high - (mean + 1.96 * error)) < 0.15 * error)
  }
}
