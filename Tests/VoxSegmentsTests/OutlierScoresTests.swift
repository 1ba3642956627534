import Testing
import VoxGrid
import VoxSegments
import _VoxTestSupport

@Suite("outlier scores")
struct OutlierScoresTests {
  static func masses(_ cases: Int, regions: Int, seed: UInt64) -> [[Double]] {
    var generator = SeededGenerator(seed: seed)
    return (0..<cases).map { _ in
      let raw = (0..<regions).map { Double($0 + 1) + Double.random(in: 0..<1, using: &generator) }
      return raw.map { $0 / raw.reduce(0, +) }
    }
  }

  static func cohort(_ masses: [[Double]]) throws -> Cohort {
    try Cohort(masses.enumerated().map { CohortTests.file("case \($0.offset)", [$0.element]) })
  }

  /// The documented distance, with the other cases really taken alone and the system solved by elimination.
  static func naiveDistance(_ masses: [[Double]], _ index: Int) -> Double {
    var others = masses
    let x = others.remove(at: index)
    let (n, p) = (Double(others.count), x.count)
    let mean = (0..<p).map { j in others.reduce(0) { $0 + $1[j] } / n }
    var a = (0..<p).map { i in
      (0..<p).map { j in others.reduce(0) { $0 + ($1[i] - mean[i]) * ($1[j] - mean[j]) } / (n - 1) }
    }
    let ridge = 0.1 * (0..<p).reduce(0) { $0 + a[$1][$1] } / Double(p)
    for i in 0..<p { a[i][i] += ridge }
    let difference = zip(x, mean).map { $0 - $1 }
    var b = difference
    for k in 0..<p {
      for i in (k + 1)..<max(k + 1, p) {
        let factor = a[i][k] / a[k][k]
        for j in k..<p { a[i][j] -= factor * a[k][j] }
        b[i] -= factor * b[k]
      }
    }
    for k in (0..<p).reversed() {
      for j in (k + 1)..<max(k + 1, p) { b[k] -= a[k][j] * b[j] }
      b[k] /= a[k][k]
    }
    return zip(difference, b).map { $0 * $1 }.reduce(0, +).squareRoot()
  }

  @Test("distances equal their definition", arguments: [(4, 2), (6, 9), (20, 5)])
  func definition(cases: Int, regions: Int) throws {
    let masses = Self.masses(cases, regions: regions, seed: UInt64(cases))
    let rows = OutlierScores(try Self.cohort(masses)).rows
    #expect(rows.count == cases)
    for row in rows {
      let expected = Self.naiveDistance(masses, row.caseIndex)
      #expect(
        abs(row.distance - expected) < 1e-9 * expected, "case \(row.caseIndex): \(row.distance), expected \(expected)")
    }
    #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.distance >= $1.distance })
  }

  @Test("a planted case is found, with the region that makes it odd")
  func planted() throws {
    var masses = Self.masses(15, regions: 4, seed: 3)
    masses[7][0] += 0.5
    masses[7][3] -= 0.5
    let rows = OutlierScores(try Self.cohort(masses)).rows
    #expect(rows.filter(\.isOutlier).map(\.caseIndex) == [7])
    #expect([0, 3].contains(rows[0].region))
    #expect(abs(abs(rows[0].difference) - 0.5) < 0.1)
  }

  @Test("equal cases are no outliers")
  func equal() throws {
    let rows = OutlierScores(try Self.cohort(Array(repeating: [0.5, 0.25, 0.25], count: 5))).rows
    #expect(rows.count == 5)
    #expect(rows.allSatisfy { $0.distance < 1e-6 && !$0.isOutlier })
  }

  @Test("fewer than four cases are not scored", arguments: [1, 2, 3])
  func few(cases: Int) throws {
    #expect(OutlierScores(try Self.cohort(Self.masses(cases, regions: 3, seed: 1))).rows.isEmpty)
  }
}
