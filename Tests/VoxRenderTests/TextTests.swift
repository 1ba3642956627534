import Testing
import VoxRender

@Suite struct TextTests {
  @Test("every printable ASCII character has a glyph, and no two look alike")
  func coverage() throws {
    var seen: [[UInt8]: Character] = [:]
    for code in UInt8(32)...126 {
      let character = Character(UnicodeScalar(code))
      let glyph = try #require(BitmapFont.glyph(character), "\(character)")
      #expect(glyph.count == BitmapFont.height)
      #expect(glyph.allSatisfy { $0 < 1 << BitmapFont.width })
      #expect(glyph.contains { $0 != 0 } == (character != " "), "\(character)")
      #expect(seen.updateValue(character, forKey: glyph) == nil, "\(character)")
    }
    #expect(BitmapFont.glyph("\u{e9}") == nil)
    #expect(BitmapFont.glyph("\n") == nil)
  }

  @Test("letters are drawn upright, from left to right")
  func upright() {
    var picture = RasterImage(width: 14, height: 13)
    picture.write("L.", x: 0, y: 0)
    let lit = (0..<picture.height).map { y in (0..<7).map { picture[$0, y] == .white ? "#" : "." }.joined() }
    let inked = lit.filter { $0.contains("#") }
    #expect(inked.dropLast().allSatisfy { $0 == inked[0] })
    #expect(inked[0].filter { $0 == "#" }.count == 1)
    #expect(inked[inked.count - 1].filter { $0 == "#" }.count >= 5)
    let dot = (0..<picture.height).flatMap { y in (7..<14).map { (y, picture[$0, y]) } }.filter { $0.1 == .white }
    #expect(dot.allSatisfy { $0.0 > 6 } && !dot.isEmpty)
  }

  @Test("lines share a row that no glyph has a dot in")
  func lineSpacing() throws {
    for code in UInt8(32)...126 {
      let glyph = try #require(BitmapFont.glyph(Character(UnicodeScalar(code))))
      #expect(glyph.prefix(BitmapFont.height - BitmapFont.lineSpacing).allSatisfy { $0 == 0 })
    }
  }

  @Test("what lies outside the picture is left out", arguments: [(-30, 0), (0, -30), (5, 5), (100, 100)])
  func clipping(_ x: Int, _ y: Int) {
    var picture = RasterImage(width: 8, height: 8)
    picture.write("WWWW", x: x, y: y, scale: 2, halo: .black)
    #expect(picture.pixels.count == 64)
  }

  @Test("a character the font lacks is drawn as a question mark")
  func replacement() {
    var (unknown, question) = (RasterImage(width: 7, height: 13), RasterImage(width: 7, height: 13))
    unknown.write("\u{3b1}", x: 0, y: 0)
    question.write("?", x: 0, y: 0)
    #expect(unknown == question)
  }
}
