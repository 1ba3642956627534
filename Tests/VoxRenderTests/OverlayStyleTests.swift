import Testing
import VoxGrid
import VoxRender

@Suite struct OverlayStyleTests {
  private let style = OverlayStyle(window: .softTissue, limit: 2, alpha: 1, threshold: 0.25)

  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let intensity: Float
    let attribution: Float
    let color: Color
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "below the window is black", intensity: -1000, attribution: 0, color: .black),
    Case(name: "above the window is white", intensity: 3000, attribution: 0, color: .white),
    Case(name: "the level is middle grey", intensity: 40, attribution: 0, color: Color(128, 128, 128)),
    Case(name: "the threshold itself is transparent", intensity: 40, attribution: 0.5, color: Color(128, 128, 128)),
    Case(name: "NaN is transparent", intensity: 40, attribution: .nan, color: Color(128, 128, 128)),
    Case(name: "the limit has the last colour", intensity: 40, attribution: 2, color: Colormap.coolWarm.color(at: 1)),
    Case(
      name: "beyond the limit is clamped", intensity: 40, attribution: .infinity, color: Colormap.coolWarm.color(at: 1)),
    Case(
      name: "the negative limit has the first colour", intensity: 40, attribution: -2,
      color: Colormap.coolWarm.color(at: 0)),
  ]

  @Test(arguments: cases)
  func color(_ expected: Case) {
    #expect(style.color(intensity: expected.intensity, attribution: expected.attribution) == expected.color)
  }

  @Test("opacity rises from the threshold to alpha at the limit")
  func opacity() {
    var half = style
    half.alpha = 0.5
    let red = (0...20).map { half.color(intensity: -1000, attribution: Float($0) / 10).red }
    #expect(red.prefix(6).allSatisfy { $0 == 0 })
    #expect(red[6] > 0)
    #expect(abs(Int(red[20]) - Int(Colormap.coolWarm.color(at: 1).red) / 2) <= 1)
  }

  @Test("the limit is the 99.5th percentile of the magnitudes, or their maximum, or 1")
  func limit() {
    let grid = Grid(dimensions: [1000, 1, 1], affine: .identity)
    let signed = Volume(grid: grid, voxels: (1...1000).map { Float($0 % 2 == 0 ? $0 : -$0) })
    #expect(OverlayStyle.limit(of: signed) == 995)
    var sparse = Volume<Float>(grid: grid, repeating: 0)
    sparse[17, 0, 0] = -3
    #expect(OverlayStyle.limit(of: sparse) == 3)
    #expect(OverlayStyle.limit(of: Volume(grid: grid, repeating: 0)) == 1)
    #expect(OverlayStyle.limit(of: Volume(grid: grid, repeating: .nan)) == 1)
  }

  @Test("the outline is drawn over the attribution")
  func outline() {
    let image = Slice(width: 3, height: 3, spacing: [1, 1], pixels: Array(repeating: 40, count: 9))
    let map = Slice(width: 3, height: 3, spacing: [1, 1], pixels: Array(repeating: 2, count: 9))
    let segment = Slice(width: 3, height: 3, spacing: [1, 1], pixels: [0, 0, 0, 0, 1, 0, 0, 0, 0])
    let picture = style.picture(image: image, attribution: map, segment: segment)
    #expect(picture[1, 1] == style.outline)
    #expect(picture[0, 0] == Colormap.coolWarm.color(at: 1))
  }

  @Test("a window needs two finite ends in order")
  func window() {
    #expect(IntensityWindow(low: 1, high: 1) == nil)
    #expect(IntensityWindow(low: .nan, high: 1) == nil)
    #expect(IntensityWindow(low: 0, high: .infinity) == nil)
    #expect(IntensityWindow(low: -160, high: 240) == .softTissue)
    let constant = Volume<Float>(grid: Grid(dimensions: [2, 2, 2], affine: .identity), repeating: 7)
    #expect(IntensityWindow.robust(constant) == IntensityWindow(low: 7, high: 8))
  }
}
