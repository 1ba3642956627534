extension RasterImage {
  /// The size of a line of text in pixels.
  public static func size(of text: String, scale: Int = 1) -> (width: Int, height: Int) {
    (text.count * BitmapFont.width * scale, BitmapFont.height * scale)
  }

  /// Writes a line of text with its upper left corner at (x, y).
  ///
  /// A character outside printable ASCII becomes `?`; what lies outside the picture is left out.
  ///
  /// - Parameters:
  ///   - scale: width and height of one dot of the font in pixels.
  ///   - halo: colour around the letters, so that they can be read on any picture.
  public mutating func write(
    _ text: String, x: Int, y: Int, color: Color = .white, scale: Int = 1, halo: Color? = nil
  ) {
    if let halo {
      for dy in -1...1 {
        for dx in -1...1 where dx != 0 || dy != 0 { write(text, x: x + dx, y: y + dy, color: halo, scale: scale) }
      }
    }
    for (index, character) in text.enumerated() {
      let left = x + index * BitmapFont.width * scale
      for (row, bits) in (BitmapFont.glyph(character) ?? BitmapFont.replacement).enumerated() {
        for column in 0..<BitmapFont.width where bits >> (BitmapFont.width - 1 - column) & 1 == 1 {
          fill(x: left + column * scale, y: y + row * scale, width: scale, height: scale, with: color)
        }
      }
    }
  }

  /// A picture of text broken at spaces into lines no wider than `width`; a single longer word is cut off.
  static func paragraph(_ text: String, width: Int, color: Color = .white, on background: Color) -> RasterImage {
    let room = max(1, width / BitmapFont.width)
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= room {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word.prefix(room)))
      }
    }
    return .stacked(
      lines.map { .line($0, color: color, on: background) }, gap: BitmapFont.lineSpacing - BitmapFont.height,
      on: background)
  }

  /// A picture just large enough for one line of text.
  static func line(_ text: String, color: Color = .white, scale: Int = 1, on background: Color) -> RasterImage {
    let (width, height) = size(of: text, scale: scale)
    var picture = RasterImage(width: width, height: height, fill: background)
    picture.write(text, x: 0, y: 0, color: color, scale: scale)
    return picture
  }
}
