import Foundation
import Testing
import VoxGrid
import VoxSegments
import _VoxTestSupport

@Suite("the command aggregate")
struct AggregateCommandTests {
  private let folder: TemporaryDirectory
  private let aggregate: BuiltCommand

  init() throws {
    folder = try TemporaryDirectory()
    aggregate = try BuiltCommand("aggregate")
  }

  private func write(_ file: CaseFile) throws -> String {
    try folder.write([UInt8](try file.json()), as: "\(file.name).json")
  }

  @Test("case files become the five documented files, each as the library writes it")
  func products() throws {
    let paths = try CohortTests.files.map(write)
    let outcome = try aggregate.run(paths + ["-o", folder.path("out")])
    #expect(outcome.status == 0, "\(outcome.standardError)")
    #expect(outcome.standardOutput.isEmpty)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("out")).sorted()
        == ["clusters.csv", "context.csv", "global.csv", "graph.dot", "outliers.csv"])
    let cohort = try Cohort(CohortTests.files)
    for product in CohortProducts.all {
      let written = try String(contentsOfFile: folder.path("out/\(product.fileName)"), encoding: .utf8)
      #expect(written == product.text(of: cohort, settings: CohortSettings()), "\(product.fileName)")
    }
  }

  @Test("options reach the products, and a case comes from standard input")
  func options() throws {
    let file = CohortTests.file("a", [[0.5, 0.4, 0.1], [0.6, 0.1, 0.3]])
    let outcome = try aggregate.run(
      ["-", "-o", folder.path("out"), "--edges", "0", "--quiet"], input: [UInt8](try file.json()))
    #expect(outcome.status == 0)
    #expect(outcome.standardError.isEmpty)
    let graph = try String(contentsOfFile: folder.path("out/graph.dot"), encoding: .utf8)
    #expect(!graph.contains("->"))
  }

  @Test("the authors' table is read")
  func wideTable() throws {
    let table = try folder.write(Array(Agg2ExpTableTests.text.utf8), as: "table.csv")
    let outcome = try aggregate.run(["--agg2exp-csv", table, "-o", folder.path("out")])
    #expect(outcome.status == 0, "\(outcome.standardError)")
    let context = try CSVTable(parsing: String(contentsOfFile: folder.path("out/context.csv"), encoding: .utf8))
    #expect(context.rows.map { $0[1] } == ["liver"])
  }

  struct Failure: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let arguments: [String]
    let status: Int32
    let says: String
  }

  static let failures = [
    Failure(testDescription: "no input", arguments: ["-o", "out"], status: 64, says: "case files or --agg2exp-csv"),
    Failure(testDescription: "no directory", arguments: ["good.json"], status: 64, says: "-o DIR"),
    Failure(
      testDescription: "impossible share", arguments: ["good.json", "-o", "out", "--cumulative", "2"], status: 64,
      says: "--cumulative"),
    Failure(testDescription: "cut short", arguments: ["cut.json", "-o", "out"], status: 65, says: "cut.json"),
    Failure(
      testDescription: "impossible mass", arguments: ["mass.json", "-o", "out"], status: 65,
      says: "mass.json: matrix[0].mass: expected a share from 0 to 1"),
    Failure(
      testDescription: "no text", arguments: ["--agg2exp-csv", "bytes.csv", "-o", "out"], status: 65,
      says: "bytes.csv"),
    Failure(
      testDescription: "one case twice", arguments: ["good.json", "good.json", "-o", "out"], status: 65, says: "twice"),
    Failure(testDescription: "missing", arguments: ["none.json", "-o", "out"], status: 66, says: "none.json"),
    Failure(
      testDescription: "later version", arguments: ["later.json", "-o", "out"], status: 69, says: "voxplain_case"),
    Failure(
      testDescription: "another method", arguments: ["good.json", "method.json", "-o", "out"], status: 69,
      says: "method"),
    Failure(
      testDescription: "a file where the directory should be", arguments: ["good.json", "-o", "good.json"], status: 73,
      says: "good.json"),
  ]

  @Test("a failure says what is wrong, has its status and leaves nothing behind", arguments: Self.failures)
  func failureStatus(_ example: Failure) throws {
    let good = CohortTests.file("good", [[0.5, 0.5]])
    var method = CohortTests.file("method", [[0.5, 0.5]])
    method.method = "shapley"
    let json = try good.json()
    let text = String(decoding: json, as: UTF8.self)
    _ = try [write(good), write(method)]
    _ = try folder.write([UInt8](json.dropLast(20)), as: "cut.json")
    _ = try folder.write(Array(text.replacing("\"mass\" : 0.5", with: "\"mass\" : 5").utf8), as: "mass.json")
    _ = try folder.write(
      Array(text.replacing("\"voxplain_case\" : 1", with: "\"voxplain_case\" : 9").utf8), as: "later.json")
    _ = try folder.write([0xFF, 0xFE, 0x00], as: "bytes.csv")
    let before = try folder.names
    let outcome = try aggregate.run(example.arguments, in: folder.url)
    #expect(outcome.status == example.status)
    #expect(outcome.standardError.contains(example.says), "\(outcome.standardError)")
    #expect(outcome.standardOutput.isEmpty)
    #expect(try folder.names == before)
  }
}
