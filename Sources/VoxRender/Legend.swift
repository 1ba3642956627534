internal import Foundation

/// What the colours of an overlay mean: colour bar, scale bar and a few words.
public struct Legend: Sendable {
  /// The display that is explained.
  public var style: OverlayStyle
  /// What is overlaid, such as `gradient of liver`.
  public var attribution: String
  /// What the outline surrounds; `nil` where none is drawn.
  public var segment: String?
  /// Unit of the image intensities, such as `HU`.
  public var units: String?
  /// Unit of the attribution; arbitrary units where it is not known.
  public var attributionUnits: String?
  /// Size of a pixel in millimetres, where a scale bar is wanted.
  public var millimetresPerPixel: Double?
  /// Words that a narrow legend leaves out.
  public var details: [String]
  /// Words that every legend has.
  public var notes: [String]

  /// Makes a legend.
  public init(
    style: OverlayStyle, attribution: String, segment: String? = nil, units: String? = nil,
    attributionUnits: String? = nil, millimetresPerPixel: Double? = nil, details: [String] = [], notes: [String] = []
  ) {
    (self.style, self.attribution, self.segment) = (style, attribution, segment)
    (self.units, self.attributionUnits, self.millimetresPerPixel) = (units, attributionUnits, millimetresPerPixel)
    (self.details, self.notes) = (details, notes)
  }

  /// The legend as a picture of a given width, at least that of a letter; its height follows.
  ///
  /// A narrow one is worded shorter and leaves the details out.
  public func picture(width: Int, background: Color = .black) -> RasterImage {
    let width = max(width, BitmapFont.width)
    let isNarrow = width < Self.narrow
    func words(_ text: String, _ color: Color = .white) -> RasterImage {
      .paragraph(text, width: width, color: color, on: background)
    }
    var blocks = [words(attribution)] + colorBar(width: min(width, 240), background: background)
    if let segment { blocks.append(words(isNarrow ? "outline" : "outline: \(segment)", style.outline)) }
    if let bar = Self.scaleBar(millimetresPerPixel: millimetresPerPixel, longest: width / 4, background: background) {
      blocks.append(bar)
    }
    let ends = [style.window.low, style.window.high].map(Self.short).joined(separator: " to ")
    blocks.append(words((isNarrow ? "" : "image: ") + ends + (units.map { " \($0)" } ?? "")))
    blocks += ((isNarrow ? [] : details) + notes).map { words($0) }
    let gaps = isNarrow ? (8, BitmapFont.lineSpacing - BitmapFont.height) : (20, 6)
    return .flowed(blocks, width: width, gap: gaps.0, rowGap: gaps.1, on: background)
  }

  /// Width under which words are left out.
  private static let narrow = 200

  /// The colours as they look over middle grey, between the numbers they stand for, or over them where it is narrow.
  private func colorBar(width: Int, background: Color) -> [RasterImage] {
    let low = style.colormap.isDiverging ? -style.limit : 0
    let unit = width < Self.narrow ? "" : " \(attributionUnits ?? "a.u.")"
    let ends = [Self.short(low), Self.short(style.limit) + unit].map { RasterImage.line($0, on: background) }
    let gap = 4
    let room = width - ends[0].width - ends[1].width - 2 * gap
    var bar = RasterImage(width: room < 20 ? width : room, height: BitmapFont.height, fill: background)
    let gray = Float((style.window.low + style.window.high) / 2)
    for x in 0..<bar.width {
      let value = low + (style.limit - low) * Double(x) / Double(max(1, bar.width - 1))
      let color = style.color(intensity: gray, attribution: Float(value))
      bar.fill(x: x, y: 2, width: 1, height: 9, with: color)
    }
    if room < 20 { return [bar] + ends }
    return [.flowed([ends[0], bar, ends[1]], width: width, gap: gap, rowGap: 0, on: background)]
  }

  /// A bar of a round number of millimetres and that number; `nil` where there is no room for one, or no size.
  private static func scaleBar(millimetresPerPixel: Double?, longest: Int, background: Color) -> RasterImage? {
    guard let millimetresPerPixel,
      let length = scaleBarLength(millimetresPerPixel: millimetresPerPixel, longest: longest)
    else { return nil }
    // At most `longest`, as `length` is.
    let pixels = max(1, Int((length / millimetresPerPixel).rounded()))
    let label = RasterImage.line("\(short(length)) mm", on: background)
    var bar = RasterImage(width: pixels, height: label.height, fill: background)
    bar.fill(x: 0, y: 6, width: pixels, height: 2, with: .white)
    for end in [0, pixels - 1] { bar.fill(x: end, y: 3, width: 1, height: 8, with: .white) }
    let gap = 4
    return .flowed([bar, label], width: pixels + gap + label.width, gap: gap, rowGap: 0, on: background)
  }

  /// The longest bar that fits, in millimetres: 1, 2 or 5 times a power of ten; `nil` where none does.
  package static func scaleBarLength(millimetresPerPixel: Double, longest: Int) -> Double? {
    let room = millimetresPerPixel * Double(longest)
    guard longest >= 1, room.isNormal, room > 0 else { return nil }
    let decade = pow(10, floor(log10(room)))
    return decade * ([5, 2].first { $0 * decade <= room } ?? 1)
  }

  /// A number in three significant digits; adding zero takes the sign from a rounded-off one.
  static func short(_ value: Double) -> String { String(format: "%.3g", value + 0) }
}

extension Legend {
  /// The legend with a margin around it, as rows to append under a slice.
  func strip(width: Int) -> RasterImage {
    let margin = width < Self.narrow ? 2 : 6
    return picture(width: width - 2 * margin).padded(margin, on: .black)
  }

  /// A slice with the legend in rows appended under it: no pixel of the slice is covered, and the place of its first
  /// pixel and the pixel spacing stay true.
  public func appended(to slice: RasterImage) -> RasterImage { slice.above(strip(width: slice.width)) }
}

extension RasterImage {
  /// The picture with another one under it, cut or filled up with black to its width.
  func above(_ other: RasterImage) -> RasterImage {
    var extended = RasterImage(width: width, height: height + other.height)
    extended.draw(self, x: 0, y: 0)
    extended.draw(other, x: 0, y: height)
    return extended
  }
}
