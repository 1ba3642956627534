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
  /// Size of a pixel in millimetres, where a scale bar is wanted.
  public var millimetresPerPixel: Double?
  /// Further words.
  public var notes: [String]

  /// Makes a legend.
  public init(
    style: OverlayStyle, attribution: String, segment: String? = nil, units: String? = nil,
    millimetresPerPixel: Double? = nil, notes: [String] = []
  ) {
    (self.style, self.attribution, self.segment) = (style, attribution, segment)
    (self.units, self.millimetresPerPixel, self.notes) = (units, millimetresPerPixel, notes)
  }

  /// The legend as a picture of a given width; its height follows.
  public func picture(width: Int, background: Color = .black) -> RasterImage {
    func words(_ text: String, _ color: Color = .white) -> RasterImage {
      .paragraph(text, width: width, color: color, on: background)
    }
    let low = style.colormap.isDiverging ? -style.limit : 0
    let bar = colorBar(from: low, width: min(width, 200), background: background)
    var blocks = [RasterImage.stacked([words(attribution), bar], gap: 2, on: background)]
    if let segment { blocks.append(words("outline: \(segment)", style.outline)) }
    let ends = [style.window.low, style.window.high].map(Self.short).joined(separator: " to ")
    blocks.append(words("image: \(ends)" + (units.map { " \($0)" } ?? "")))
    if let millimetresPerPixel {
      blocks.append(Self.scaleBar(millimetresPerPixel: millimetresPerPixel, longest: width / 4, background: background))
    }
    blocks += notes.map { words($0) }
    return .flowed(blocks, width: width, gap: 20, on: background)
  }

  /// The colours as they look over middle grey, with numbers under both ends and zero.
  private func colorBar(from low: Double, width: Int, background: Color) -> RasterImage {
    let barHeight = 10
    var bar = RasterImage(width: width, height: barHeight + 2 + BitmapFont.height, fill: background)
    let gray = Float((style.window.low + style.window.high) / 2)
    for x in 0..<width {
      let value = low + (style.limit - low) * Double(x) / Double(max(1, width - 1))
      let color = style.color(intensity: gray, attribution: Float(value))
      bar.fill(x: x, y: 0, width: 1, height: barHeight, with: color)
    }
    let (left, right) = (Self.short(low), Self.short(style.limit))
    let y = barHeight + 2
    bar.write(left, x: 0, y: y)
    bar.write(right, x: width - RasterImage.size(of: right).width, y: y)
    let isRoomy = (left.count + right.count + 3) * BitmapFont.width <= width
    if low < 0, isRoomy { bar.write("0", x: (width - BitmapFont.width) / 2, y: y) }
    return bar
  }

  /// A bar of a round number of millimetres.
  static func scaleBar(millimetresPerPixel: Double, longest: Int, background: Color) -> RasterImage {
    let length = scaleBarLength(millimetresPerPixel: millimetresPerPixel, longest: longest)
    let pixels = max(1, Int((length / millimetresPerPixel).rounded()))
    let label = "\(short(length)) mm"
    let (labelWidth, labelHeight) = RasterImage.size(of: label)
    let width = max(pixels, labelWidth)
    var picture = RasterImage(width: width, height: 8 + labelHeight, fill: background)
    let left = (width - pixels) / 2
    picture.fill(x: left, y: 3, width: pixels, height: 2, with: .white)
    picture.fill(x: left, y: 0, width: 1, height: 8, with: .white)
    picture.fill(x: left + pixels - 1, y: 0, width: 1, height: 8, with: .white)
    picture.write(label, x: (width - labelWidth) / 2, y: 8)
    return picture
  }

  /// The longest bar that fits, in millimetres: 1, 2 or 5 times a power of ten.
  package static func scaleBarLength(millimetresPerPixel: Double, longest: Int) -> Double {
    let room = millimetresPerPixel * Double(longest)
    guard room.isFinite, room > 0 else { return 1 }
    let decade = pow(10, floor(log10(room)))
    return decade * ([5, 2].first { $0 * decade <= room } ?? 1)
  }

  /// A number in three significant digits.
  static func short(_ value: Double) -> String { String(format: "%.3g", value) }
}

extension Legend {
  /// A slice with the legend in rows appended under it: no pixel of the slice is covered, and the place of its first
  /// pixel and the pixel spacing stay true.
  public func appended(to slice: RasterImage) -> RasterImage {
    let margin = 6
    let words = picture(width: slice.width - 2 * margin).padded(margin, on: .black)
    var extended = RasterImage(width: slice.width, height: slice.height + words.height)
    extended.draw(slice, x: 0, y: 0)
    extended.draw(words, x: 0, y: slice.height)
    return extended
  }
}
