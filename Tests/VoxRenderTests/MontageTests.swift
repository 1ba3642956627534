import Testing
import VoxGrid
import VoxRender

@Suite struct MontageTests {
  /// A bright box in air with a target in its right, anterior, superior part.
  private static func scene(_ dimensions: SIMD3<Int>) -> (Volume<Float>, Volume<Float>, LabelMap) {
    let grid = Grid(dimensions: dimensions, affine: Affine(spacing: [3, 3, 3]))
    var image = Volume<Float>(grid: grid, repeating: -1000)
    var attribution = Volume<Float>(grid: grid, repeating: 0)
    var labels = LabelMap(grid: grid, repeating: 0)
    for offset in 0..<grid.count {
      let p = SIMD3<Double>(grid.index(offset)) / SIMD3<Double>(dimensions)
      if all(p .> 0.1) && all(p .< 0.9) { image.voxels[offset] = 40 }
      if all(p .> 0.5) && all(p .< 0.8) {
        labels.voxels[offset] = 4
        attribution.voxels[offset] = 1
      }
    }
    return (image, attribution, labels)
  }

  @Test("the centre of a segment lies in it")
  func center() throws {
    var labels = LabelMap(grid: Grid(dimensions: [9, 9, 3], affine: .identity), repeating: 0)
    for j in 0..<9 { for i in 0..<9 where i == 0 || j == 0 || i == 8 || j == 8 { labels[i, j, 1] = 2 } }
    let center = try #require(Viewpoint.center(of: 2, named: "ring", in: labels))
    #expect(labels[center.voxel.x, center.voxel.y, center.voxel.z] == 2)
    #expect(center.title == "centre of ring")
    #expect(Viewpoint.center(of: 3, named: "none", in: labels) == nil)
  }

  @Test("peaks are found per sign, and none in a map of zeros")
  func peaks() {
    let grid = Grid(dimensions: [10, 11, 12], affine: .identity)
    var map = Volume<Float>(grid: grid, repeating: 0)
    #expect(Viewpoint.peaks(of: map).isEmpty)
    map[9, 10, 11] = 2  // in the block around (10, 10, 10), cut off by the grid
    map[1, 1, 1] = -1
    #expect(Viewpoint.peaks(of: map).map(\.voxel) == [[9, 10, 10], [1, 1, 1]])
    #expect(Viewpoint.peaks(of: map).map(\.title) == ["highest attribution", "lowest attribution"])
  }

  @Test("a montage shows the attribution in the right upper part of each panel", arguments: [40, 8])
  func montage(_ slices: Int) throws {
    let (image, attribution, labels) = Self.scene([40, 40, slices])
    let style = OverlayStyle(window: .softTissue, limit: 1, alpha: 1)
    var montage = Montage(title: "box", legend: Legend(style: style, attribution: "test", segment: "box"))
    montage.panelSize = 200
    let viewpoint = try #require(Viewpoint.center(of: 4, named: "box", in: labels))
    let picture = montage.picture(
      image: image, attribution: attribution, labels: labels, target: 4, viewpoints: [viewpoint])
    #expect(picture.width > 200)
    let red = style.colormap.color(at: 1)
    let hot = picture.pixels.indices.filter { picture.pixels[$0] == red }
    #expect(hot.count > 1000)
    #expect(picture.pixels.contains(style.outline))
  }

  @Test(
    "a scale bar is the longest of 1, 2 or 5 times a power of ten that fits",
    arguments: [(1.0, 90, 50.0), (0.9765625, 128, 100), (0.01, 90, 0.5), (3, 90, 200)])
  func scaleBar(_ millimetresPerPixel: Double, _ longest: Int, _ expected: Double) {
    let length = Legend.scaleBarLength(millimetresPerPixel: millimetresPerPixel, longest: longest)
    #expect(length.map { abs($0 - expected) < 1e-9 } == true)
  }

  @Test(
    "without room or size there is no scale bar",
    arguments: [(0.0, 10), (1, 0), (-1, 10), (.nan, 10), (.infinity, 10), (1e308, 100), (.leastNonzeroMagnitude, 10)])
  func noScaleBar(_ millimetresPerPixel: Double, _ longest: Int) {
    #expect(Legend.scaleBarLength(millimetresPerPixel: millimetresPerPixel, longest: longest) == nil)
  }
}
