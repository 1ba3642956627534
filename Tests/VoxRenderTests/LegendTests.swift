import Testing
import VoxRender

@Suite struct LegendTests {
  private static func legend(millimetresPerPixel: Double = 3) -> Legend {
    Legend(
      style: OverlayStyle(window: .softTissue, limit: 37.4), attribution: "gradient of liver", segment: "liver",
      units: "HU", millimetresPerPixel: millimetresPerPixel, details: ["network: abdomen"],
      notes: ["NOT FOR DIAGNOSIS"])
  }

  @Test("a legend is as wide as asked for and grows downwards", arguments: [60, 120, 320, 512, 1000])
  func width(_ width: Int) {
    let picture = Self.legend().picture(width: width)
    #expect(picture.width == width)
    #expect(picture.height >= 25 && picture.height < 400)
  }

  @Test("a legend under a slice takes about half of the slice's height at the most", arguments: [128, 200, 256, 512])
  func compact(_ side: Int) {
    let slice = RasterImage(width: side, height: side, fill: .white)
    let extended = Self.legend().appended(to: slice)
    #expect(extended.width == side)
    #expect(extended.height - side <= side * 11 / 20)
    #expect(extended.pixels.prefix(side * side).allSatisfy { $0 == .white })
  }

  @Test(
    "slices narrower than a letter and pixels of any size have a legend",
    arguments: [1, 2, 8, 13, 20, 64],
    [1, 1e-300, .leastNonzeroMagnitude, 1e300, 0, -1, .infinity, .nan] as [Double])
  func extremes(_ side: Int, _ millimetresPerPixel: Double) {
    let slice = RasterImage(width: side, height: side, fill: .white)
    let extended = Self.legend(millimetresPerPixel: millimetresPerPixel).appended(to: slice)
    #expect(extended.width == side && extended.height > side && extended.height < side + 500)
  }
}
