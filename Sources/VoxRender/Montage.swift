public import VoxGrid

/// The slices of a case that matter, in three planes, with their legend.
public struct Montage: Sendable {
  /// The first line, in large letters.
  public var title: String
  /// What is drawn, and what the colours mean.
  public var legend: Legend
  /// Longest side of a panel in pixels.
  public var panelSize = 360

  /// Makes a montage.
  public init(title: String, legend: Legend) { (self.title, self.legend) = (title, legend) }

  private static let background = Color(16, 16, 18)
  private static let faint = Color(170, 170, 175)
  private static let gap = 10
  /// Room for the legend.
  private static let narrowest = 420

  /// The picture.
  ///
  /// Each viewpoint is shown in an axial, a coronal and a sagittal panel of one common scale, cut to the part of the
  /// image that is not dark. A viewpoint takes a row, or a column where the volume is thin.
  ///
  /// - Parameters:
  ///   - image: intensities.
  ///   - attribution: on the image's grid.
  ///   - labels: on the image's grid; the segment of `target` is outlined.
  ///   - viewpoints: at least one; voxels inside the grid.
  /// - Precondition: the volumes have one grid.
  public func picture(
    image: Volume<Float>, attribution: Volume<Float>, labels: LabelMap?, target: Int32, viewpoints: [Viewpoint]
  ) -> RasterImage {
    let box = VisibleBox(of: image, above: Float(legend.style.window.low))
    let views = Plane.allCases.map { PlaneView(image.grid, plane: $0) }
    let extents = views.map { $0.extent(of: box) }
    let longest = extents.map { max($0.x, $0.y) }.max() ?? 1
    let scale = longest / Double(panelSize)
    let isThin = extents[1].y < 0.5 * extents[0].y

    let panels = viewpoints.map { viewpoint in
      views.map { view in
        let slice = view.position(of: viewpoint.voxel).slice
        let crop = view.crop(of: box)
        func layer(_ slice: Slice) -> Slice {
          let part = slice.cropped(columns: crop.columns, rows: crop.rows)
          return part.scaled(
            width: max(1, Int((Double(part.width) * part.spacing.x / scale).rounded())),
            height: max(1, Int((Double(part.height) * part.spacing.y / scale).rounded())))
        }
        let drawn = legend.style.picture(
          image: layer(view.slice(image, at: slice) { $0 }),
          attribution: layer(view.slice(attribution, at: slice) { $0 }),
          segment: labels.map { layer(view.slice($0, at: slice) { $0 == target ? 1 : 0 }) })
        return captioned(drawn, view, at: image.grid.affine(SIMD3<Double>(viewpoint.voxel)))
      }
    }
    let headings = viewpoints.map { RasterImage.line($0.title, on: Self.background) }
    let body: [RasterImage] =
      isThin
      ? [.table([headings] + views.indices.map { p in panels.map { $0[p] } }, gap: Self.gap, on: Self.background)]
      : zip(headings, panels).flatMap { [$0, .table([$1], gap: Self.gap, on: Self.background)] }

    var explained = legend
    explained.millimetresPerPixel = scale
    let heading = RasterImage.line(title, scale: 2, on: Self.background)
    let width = max(heading.width, body.map(\.width).max() ?? 0, Self.narrowest)
    let parts = [heading] + body + [explained.picture(width: width, background: Self.background)]
    return RasterImage.stacked(parts, gap: Self.gap, on: Self.background).padded(Self.gap, on: Self.background)
  }

  /// A panel with its anatomical letters and, above it, the plane and its place in the world.
  private func captioned(_ panel: RasterImage, _ view: PlaneView, at world: SIMD3<Double>) -> RasterImage {
    var panel = panel
    let (w, h) = (BitmapFont.width, BitmapFont.height)
    let edges = view.edges
    func letter(_ character: Character, _ x: Int, _ y: Int) {
      panel.write(String(character), x: x, y: y, color: .white, halo: .black)
    }
    letter(edges.left, 3, (panel.height - h) / 2)
    letter(edges.right, panel.width - w - 3, (panel.height - h) / 2)
    if panel.height > 3 * h {
      letter(edges.top, (panel.width - w) / 2, 1)
      letter(edges.bottom, (panel.width - w) / 2, panel.height - h - 1)
    }
    let axis = view.plane.worldAxes.slice
    let caption = "\(view.plane.rawValue) \(["x", "y", "z"][axis]) = \(Legend.short(world[axis].rounded())) mm"
    return .stacked([.line(caption, color: Self.faint, on: Self.background), panel], gap: 2, on: Self.background)
  }
}
