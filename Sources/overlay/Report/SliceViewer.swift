import Foundation
import VoxFormats
import VoxGrid
import VoxRender

/// The slices of a case in three planes as layers of small pictures: the image, and an overlay for every target.
struct SliceViewer: Encodable {
  /// One anatomical plane.
  struct Stack: Encodable {
    let name: String
    /// Letters at the left, right, top and bottom edge.
    let edges: [String]
    /// Width and height in millimetres.
    let size: [Double]
    /// World axis of the slices, and where each lies, in millimetres.
    let axis: String
    let places: [Double]
    /// A grey picture for each slice.
    let images: [String]
  }

  /// One target.
  struct Target: Encodable {
    let name: String
    /// Attribution of the first and the last colour, and its unit.
    let low: String
    let high: String
    let units: String
    /// The slice to begin with, for each plane.
    let start: [Int]
    /// A transparent picture for each slice of each plane.
    let overlays: [[String]]
  }

  private(set) var planes: [Stack] = []
  private(set) var targets: [Target] = []
  private var shown: [ShownPlane] = []

  private enum CodingKeys: String, CodingKey { case planes, targets }

  /// Draws the slices of an image.
  init(_ image: Volume<Float>, _ window: IntensityWindow) throws {
    let box = VisibleBox(of: image, above: Float(window.low))
    for plane in Plane.allCases {
      let shown = ShownPlane(image.grid, plane, box)
      let images = try shown.slices.map { index in
        let slice = shown.layer(shown.view.slice(image, at: index) { $0 })
        let gray = slice.pixels.map { UInt8((window($0) * 255).rounded()) }
        return DataURL.png(try PNGWriter.encode(gray, width: slice.width, height: slice.height, .gray))
      }
      planes.append(shown.stack(of: images))
      self.shown.append(shown)
    }
  }

  /// Draws the attribution of a target, and the outline of its segment.
  mutating func add(_ explanation: Explanation, of results: CaseResults) throws {
    let style = results.display.style(for: explanation)
    let palette = OverlayPalette(style)
    let labels = explanation.segment == nil ? nil : results.labels
    let overlays = try shown.map { shown in
      try shown.slices.map { index in
        let map = shown.layer(shown.view.slice(explanation.map, at: index) { $0 })
        let segment = labels.map { labels in
          shown.layer(shown.view.slice(labels, at: index) { $0 == explanation.segment ? 1 : 0 })
        }
        return DataURL.png(
          try PNGWriter.encode(
            indices: palette.indices(map, segment: segment), palette: palette.colors, width: map.width,
            height: map.height))
      }
    }
    let center =
      explanation.segment.flatMap { segment in
        results.labels.flatMap { Viewpoint.center(of: segment, named: explanation.target, in: $0)?.voxel }
      } ?? results.image.grid.dimensions / 2
    let limit = String(format: "%.3g", style.limit)
    targets.append(
      Target(
        name: explanation.title, low: style.colormap.isDiverging ? "\u{2212}\(limit)" : "0", high: limit,
        units: explanation.units ?? "a.u.",
        start: shown.map { $0.nearest(to: center) }, overlays: overlays))
  }

  /// The layers as JSON that may stand in a page's script.
  func json() throws -> String {
    String(decoding: try JSONEncoder().encode(self), as: UTF8.self).replacing("<", with: "\\u003C")
  }
}

/// The slices of a plane that are shown, and how large.
private struct ShownPlane {
  let view: PlaneView
  let slices: [Int]
  private let grid: Grid
  private let crop: (columns: Range<Int>, rows: Range<Int>)
  /// Millimetres.
  private let size: SIMD2<Double>
  private let width: Int
  private let height: Int

  /// A page of a few megabytes has room for so many slices of so many pixels.
  private static let (most, longest) = (36, 240.0)

  init(_ grid: Grid, _ plane: Plane, _ box: VisibleBox) {
    (self.grid, view) = (grid, PlaneView(grid, plane: plane))
    (crop, size) = (view.crop(of: box), view.extent(of: box))
    let pixel = size.max() / Self.longest
    (width, height) = (max(1, Int((size.x / pixel).rounded())), max(1, Int((size.y / pixel).rounded())))
    // Slices in the middle of equal parts of what is not dark.
    let ends = [view.position(of: box.low).slice, view.position(of: box.high).slice].sorted()
    let (first, all) = (ends[0], ends[1] - ends[0] + 1)
    let count = min(all, Self.most)
    slices = (0..<count).map { first + ($0 * 2 + 1) * all / (2 * count) }
  }

  func layer(_ slice: Slice) -> Slice {
    slice.cropped(columns: crop.columns, rows: crop.rows).scaled(width: width, height: height)
  }

  /// The shown slice next to a voxel.
  func nearest(to voxel: SIMD3<Int>) -> Int {
    let slice = view.position(of: voxel).slice
    return slices.indices.min { abs(slices[$0] - slice) < abs(slices[$1] - slice) } ?? 0
  }

  func stack(of images: [String]) -> SliceViewer.Stack {
    let edges = view.edges
    let axis = [Plane.axial: 2, .coronal: 1, .sagittal: 0][view.plane] ?? 2
    let places = slices.map { index in
      let voxel = (0..<3).map { SIMD3<Int>.unit($0) &* index }.first { view.position(of: $0).slice == index } ?? .zero
      return grid.affine(SIMD3<Double>(voxel))[axis]
    }
    return SliceViewer.Stack(
      name: view.plane.rawValue, edges: [edges.left, edges.right, edges.top, edges.bottom].map(String.init),
      size: [size.x, size.y], axis: ["x", "y", "z"][axis], places: places.map { ($0 * 10).rounded() / 10 },
      images: images)
  }
}

extension SIMD3<Int> {
  fileprivate static func unit(_ axis: Int) -> Self {
    var unit = Self.zero
    unit[axis] = 1
    return unit
  }
}

/// The colours of an overlay's pictures: so few that the page stays small, so many that nobody sees the steps.
private struct OverlayPalette {
  /// Red, green, blue and opacity of each colour.
  let colors: [UInt8]
  private let limit: Double

  /// Steps on either side of zero.
  private static let steps = 15

  init(_ style: OverlayStyle) {
    limit = style.limit
    let tints = (-Self.steps...Self.steps).map { step -> [UInt8] in
      guard let tint = style.tint(Float(style.limit * Double(step) / Double(Self.steps))) else { return [0, 0, 0, 0] }
      return [tint.color.red, tint.color.green, tint.color.blue, UInt8((tint.opacity * 255).rounded())]
    }
    colors = tints.flatMap { $0 } + [style.outline.red, style.outline.green, style.outline.blue, 255]
  }

  /// The numbers of the colours of an attribution and an outline.
  func indices(_ attribution: Slice, segment: Slice?) -> [UInt8] {
    let steps = Double(Self.steps)
    var indices = attribution.pixels.map { value -> UInt8 in
      let relative = value.isNaN ? 0 : min(1, max(-1, Double(value) / limit))
      return UInt8((relative * steps).rounded() + steps)
    }
    if let segment {
      let outline = UInt8(2 * Self.steps + 1)
      for pixel in Contour.pixels(of: segment) { indices[pixel.column + attribution.width * pixel.row] = outline }
    }
    return indices
  }
}
