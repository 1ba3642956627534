import Testing
import VoxRender

@Suite struct SliceTests {
  private let ramp = Slice(width: 4, height: 3, spacing: [1, 2], pixels: (0..<12).map { Float($0 % 4) })

  @Test("scaling keeps the area and interpolates between pixel centres")
  func scaling() {
    let scaled = ramp.scaled(width: 8, height: 3)
    #expect(scaled.spacing == [0.5, 2])
    #expect(Array(scaled.pixels.prefix(8)) == [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3])
    #expect(ramp.scaled(width: 4, height: 3).pixels == ramp.pixels)
  }

  @Test("cropping keeps the pixels in range and at least one")
  func cropping() {
    let part = ramp.cropped(columns: 1..<3, rows: 0..<2)
    #expect((part.width, part.height) == (2, 2))
    #expect(part.pixels == [1, 2, 1, 2])
    let outside = ramp.cropped(columns: 9..<12, rows: -4 ..< -2)
    #expect((outside.width, outside.height) == (1, 1))
    #expect(outside.pixels == [3])
  }
}
