import Testing
import VoxGrid
import VoxRender

@Suite struct SourceSlicesTests {
  /// A scan in LPS order with 1 mm pixels, and a map of 2 mm voxels in RAS order around the same place.
  private static func slices() throws -> (SourceSlices, OverlayStyle) {
    let scan = Grid(
      dimensions: [200, 220, 5], affine: Affine(x: [-1, 0, 0], y: [0, -1, 0], z: [0, 0, 3], t: [100, 110, 0]))
    let coarse = Grid(dimensions: [100, 110, 8], affine: Affine(spacing: [2, 2, 2], origin: [-99, -109, 0]))
    var map = Volume<Float>(grid: coarse, repeating: 0)
    var labels = LabelMap(grid: coarse, repeating: 0)
    // Towards the patient's right and front: x from 50 to 70, y from 60 to 80.
    for k in 0..<8 {
      for j in 0..<110 {
        for i in 0..<100 {
          let p = coarse.affine(SIMD3(Double(i), Double(j), Double(k)))
          if p.x > 50, p.x < 70, p.y > 60, p.y < 80 { (map[i, j, k], labels[i, j, k]) = (1, 3) }
        }
      }
    }
    let style = OverlayStyle(window: .softTissue, limit: 1, alpha: 1)
    let legend = Legend(style: style, attribution: "test", segment: "box", notes: ["NOT FOR DIAGNOSIS"])
    let image = Volume<Float>(grid: scan, repeating: 40)
    return (SourceSlices(image: image, attribution: map, labels: labels, target: 3, legend: legend), style)
  }

  @Test("attribution and outline lie where the world coordinates say")
  func place() throws {
    let (slices, style) = try Self.slices()
    #expect(slices.count == 5)
    let picture = try slices.picture(at: 2)
    // Column 40 is x = 60, row 40 is y = 70; the box ends at columns 30 and 50, rows 30 and 50.
    #expect(picture[40, 40] == style.colormap.color(at: 1))
    #expect(picture[160, 40] == Color(128, 128, 128))
    #expect(picture[40, 180] == Color(128, 128, 128))
    let outline = (0..<220).flatMap { row in (0..<200).map { (column: $0, row: row) } }
      .filter { picture[$0.column, $0.row] == style.outline }
    #expect(abs((outline.map(\.column).min() ?? 0) - 30) <= 1 && abs((outline.map(\.column).max() ?? 0) - 50) <= 1)
    #expect(abs((outline.map(\.row).min() ?? 0) - 30) <= 1 && abs((outline.map(\.row).max() ?? 0) - 50) <= 1)
  }

  @Test("the legend lies under the slice, the slice itself is not covered")
  func margin() throws {
    let (slices, style) = try Self.slices()
    let pictures = try (0..<5).map { try slices.picture(at: $0) }
    #expect(Set(pictures.map(\.height)).count == 1 && pictures[0].width == 200)
    #expect(pictures[0].height > 220 + 20)
    let colors = Set((0..<220 * 200).map { pictures[0].pixels[$0] })
    #expect(!colors.contains(.white) && !colors.contains(.black) && colors.contains(style.outline))
  }
}
