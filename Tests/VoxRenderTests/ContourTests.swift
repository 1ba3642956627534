import Testing
import VoxRender

@Suite struct ContourTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let segment: [String]
    let outline: [String]
    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "a square has its border outlined",
      segment: [".....", ".###.", ".###.", ".###.", "....."], outline: [".....", ".###.", ".#.#.", ".###.", "....."]),
    Case(name: "a single pixel is its own outline", segment: ["...", ".#.", "..."], outline: ["...", ".#.", "..."]),
    Case(name: "an empty segment has none", segment: ["..", ".."], outline: ["..", ".."]),
    Case(name: "a full slice has none", segment: ["##", "##"], outline: ["..", ".."]),
    Case(
      name: "a segment stays open at the border of the slice",
      segment: ["###.", "###.", "####"], outline: ["..#.", "..#.", "...#"]),
  ]

  @Test(arguments: cases)
  func outline(_ expected: Case) {
    let width = expected.segment[0].count
    let pixels = expected.segment.joined().map { Float($0 == "#" ? 1 : 0) }
    let slice = Slice(width: width, height: expected.segment.count, spacing: [1, 1], pixels: pixels)
    var drawn = expected.segment.map { _ in Array(repeating: Character("."), count: width) }
    for (column, row) in Contour.pixels(of: slice) { drawn[row][column] = "#" }
    #expect(drawn.map { String($0) } == expected.outline)
  }
}
