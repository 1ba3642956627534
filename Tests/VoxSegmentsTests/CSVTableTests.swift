import Testing
import VoxSegments

@Suite("comma-separated values")
struct CSVTableTests {
  struct Cell: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let cell: String
    let written: String
  }

  static let cells = [
    Cell(testDescription: "plain", cell: "liver", written: "liver"),
    Cell(testDescription: "empty", cell: "", written: ""),
    Cell(testDescription: "comma", cell: "lobe, left", written: "\"lobe, left\""),
    Cell(testDescription: "quote", cell: "the \"odd\" one", written: "\"the \"\"odd\"\" one\""),
    Cell(testDescription: "only a quote", cell: "\"", written: "\"\"\"\""),
    Cell(testDescription: "line feed", cell: "a\nb", written: "\"a\nb\""),
    Cell(testDescription: "carriage return and line feed", cell: "a\r\nb", written: "\"a\r\nb\""),
    Cell(testDescription: "not ASCII", cell: "Kopf-Hals-Übergang", written: "Kopf-Hals-Übergang"),
  ]

  @Test("cells are quoted where needed and read back", arguments: Self.cells)
  func roundTrip(_ example: Cell) throws {
    var table = CSVTable(columns: ["first", "second"])
    table.append(["x", example.cell])
    #expect(table.text == "first,second\nx,\(example.written)\n")
    #expect(try CSVTable(parsing: table.text) == table)
  }

  @Test(
    "line endings, a byte order mark and empty lines are accepted",
    arguments: ["a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\n1,2", "\u{FEFF}a,b\n1,2\n", "\na,b\n\n1,2\n\n"])
  func endings(text: String) throws {
    let table = try CSVTable(parsing: text)
    #expect(table.columns == ["a", "b"])
    #expect(table.rows == [["1", "2"]])
  }

  struct Malformed: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let text: String
    let context: [SegmentError.Context]
  }

  static let malformed = [
    Malformed(testDescription: "nothing", text: "", context: [.line(1)]),
    Malformed(testDescription: "short line", text: "a,b\n1\n", context: [.line(2)]),
    Malformed(
      testDescription: "long line after a cell of two lines", text: "a,b\n\"1\n2\",3\n1,2,3\n", context: [.line(4)]),
    Malformed(testDescription: "quote inside a cell", text: "a,b\n1,2\"\n", context: [.line(2)]),
    Malformed(testDescription: "text after a quote", text: "a,b\n\"1\"x,2\n", context: [.line(2)]),
    Malformed(testDescription: "open quote", text: "a,b\n1,\"2\n", context: [.line(2)]),
    Malformed(testDescription: "column twice", text: "a,a\n1,2\n", context: [.line(1), .column("a")]),
  ]

  @Test("broken text throws with the line", arguments: Self.malformed)
  func malformedThrows(_ example: Malformed) {
    let error = #expect(throws: SegmentError.self) { try CSVTable(parsing: example.text) }
    #expect(error?.code == .malformed)
    #expect(error?.context == example.context)
  }

  @Test(
    "numbers are written short and exact",
    arguments: zip(
      [0, -3, 1_062_450, 0.1, 1e-7, 1e300, -0x1p63, 0x1p53 - 1, -0x1p53, .nan, .infinity] as [Double?] + [nil],
      [
        "0", "-3", "1062450", "0.1", "1e-07", "1e+300", "-9.223372036854776e+18", "9007199254740991",
        "-9007199254740992.0", "", "", "",
      ]))
  func numbers(number: Double?, text: String) {
    #expect(CSVTable.cell(number) == text)
  }
}
