import Foundation
import Testing
import VoxGrid
import VoxSegments

@Suite("case files")
struct CaseFileTests {
  static let example = CaseFile(
    name: "case-01", model: CaseFile.Model(name: "abdomen", sha256: String(repeating: "0f", count: 32)),
    method: "gradient",
    stitch: "blended", labels: LabelTable([Label(value: 0, name: "background"), Label(value: 5, name: "liver, left")]),
    matrix: [
      MatrixRow(target: 5, region: 0, mass: 0.1 + 0.2, mean: 1e-9, positive: 2, negative: -1, enrichment: 0.31),
      MatrixRow(
        target: 5, region: 5, mass: 0.7, mean: 3, positive: 5, negative: 0, enrichment: 21.5, ciLow: 0.65,
        ciHigh: 0.75),
    ])

  @Test("what is written is read back, to the last bit")
  func roundTrip() throws {
    let json = try Self.example.json()
    #expect(try CaseFile(parsing: json) == Self.example)
    #expect(json.last == UInt8(ascii: "\n"))
  }

  @Test("the keys are those of the contract")
  func keys() throws {
    let object = try #require(try JSONSerialization.jsonObject(with: try Self.example.json()) as? [String: Any])
    #expect(Set(object.keys) == ["voxplain_case", "case", "model", "method", "stitch", "labels", "matrix"])
    #expect(object["voxplain_case"] as? Int == 1)
    let rows = try #require(object["matrix"] as? [[String: Any]])
    #expect(Set(rows[0].keys) == ["target", "region", "mass", "mean", "positive", "negative", "enrichment"])
    #expect(Set(rows[1].keys).isSuperset(of: ["ci_low", "ci_high"]))
  }

  @Test("the table names labels and leaves unknown intervals empty")
  func table() {
    #expect(
      Self.example.csv.text == """
        target,region,mass,mean,positive,negative,enrichment,ci_low,ci_high
        "liver, left",background,0.30000000000000004,1e-09,2,-1,0.31,,
        "liver, left","liver, left",0.7,3,5,0,21.5,0.65,0.75

        """)
  }

  @Test("a number JSON cannot hold is not written")
  func notFinite() {
    var file = Self.example
    file.matrix[1].enrichment = .nan
    let error = #expect(throws: SegmentError.self) { try file.json() }
    #expect(error?.code == .notFinite)
    #expect(error?.context == [.field("matrix[1].enrichment")])
  }

  struct Malformed: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let replace: String
    let with: String
    var code = SegmentError.Code.malformed
    var says = ""
    let context: [SegmentError.Context]
  }

  static let malformed = [
    Malformed(testDescription: "key missing", replace: "\"case\"", with: "\"cases\"", context: [.field("case")]),
    Malformed(
      testDescription: "later version", replace: "\"voxplain_case\" : 1", with: "\"voxplain_case\" : 2",
      code: .unsupported,
      context: [.field("voxplain_case")]),
    Malformed(
      testDescription: "text for a number", replace: "\"mean\" : 3", with: "\"mean\" : \"3\"",
      context: [.field("matrix[1].mean")]),
    Malformed(
      testDescription: "null", replace: "\"mean\" : 3", with: "\"mean\" : null", context: [.field("matrix[1].mean")]),
    Malformed(
      testDescription: "nested key missing", replace: "\"sha256\"", with: "\"md5\"", context: [.field("model.sha256")]),
    Malformed(
      testDescription: "label name of another type", replace: "\"background\"", with: "[]",
      context: [.field("labels[0].name")]),
    Malformed(
      testDescription: "mass above 1", replace: "\"mass\" : 0.7", with: "\"mass\" : 1.7",
      context: [.field("matrix[1].mass")]),
    Malformed(
      testDescription: "negative mean", replace: "\"mean\" : 3", with: "\"mean\" : -3",
      context: [.field("matrix[1].mean")]),
    Malformed(
      testDescription: "positive negatives", replace: "\"negative\" : -1", with: "\"negative\" : 1",
      context: [.field("matrix[0].negative")]),
    Malformed(
      testDescription: "cell twice", replace: "\"region\" : 0", with: "\"region\" : 5", context: [.field("matrix[1]")]),
    Malformed(
      testDescription: "interval upside down", replace: "\"ci_low\" : 0.65", with: "\"ci_low\" : 0.95",
      context: [.field("matrix[1].ci_low")]),
    Malformed(testDescription: "no JSON", replace: "{", with: "", says: "around character", context: []),
    Malformed(
      testDescription: "number beyond a double", replace: "\"mean\" : 3", with: "\"mean\" : 1e999", says: "1e999",
      context: []),
    Malformed(
      testDescription: "target beyond an integer", replace: "\"target\" : 5", with: "\"target\" : 99999999999999999999",
      says: "label value", context: []),
  ]

  @Test("a malformed file throws with the place", arguments: Self.malformed)
  func malformedThrows(_ example: Malformed) throws {
    let json = String(decoding: try Self.example.json(), as: UTF8.self)
    let range = try #require(json.range(of: example.replace))
    let broken = json.replacingCharacters(in: range, with: example.with)
    let error = #expect(throws: SegmentError.self) { try CaseFile(parsing: Data(broken.utf8)) }
    #expect(error?.code == example.code)
    let message = error?.description ?? "no error"
    #expect(error?.context == example.context, "\(message)")
    #expect(message.contains(example.says) || example.says.isEmpty, "\(message)")
  }

  @Test("a file cut short at any byte throws")
  func truncation() throws {
    let json = try Self.example.json()
    for count in 0..<json.count - 2 {
      #expect(throws: SegmentError.self, "cut after \(count) bytes") { try CaseFile(parsing: json.prefix(count)) }
    }
  }
}
