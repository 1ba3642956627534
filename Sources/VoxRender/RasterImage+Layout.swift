extension RasterImage {
  /// Pictures one under another, left-aligned.
  ///
  /// With a negative gap they overlap; what has the background's colour covers nothing.
  static func stacked(_ pictures: [RasterImage], gap: Int, on background: Color) -> RasterImage {
    let height = pictures.reduce(0) { $0 + $1.height } + gap * max(0, pictures.count - 1)
    var out = RasterImage(width: pictures.map(\.width).max() ?? 1, height: height, fill: background)
    var y = 0
    for picture in pictures {
      out.draw(picture, x: 0, y: y, except: background)
      y += picture.height + gap
    }
    return out
  }

  /// Pictures side by side, in as many rows as the width asks for, each row centred on its tallest picture.
  static func flowed(
    _ pictures: [RasterImage], width: Int, gap: Int, rowGap: Int, on background: Color
  ) -> RasterImage {
    var rows: [[RasterImage]] = []
    var used = 0
    for picture in pictures {
      if rows.isEmpty || used + gap + picture.width > width {
        rows.append([])
        used = -gap
      }
      rows[rows.count - 1].append(picture)
      used += gap + picture.width
    }
    return stacked(rows.map { side($0, gap: gap, width: width, on: background) }, gap: rowGap, on: background)
  }

  private static func side(_ pictures: [RasterImage], gap: Int, width: Int, on background: Color) -> RasterImage {
    var out = RasterImage(width: width, height: pictures.map(\.height).max() ?? 1, fill: background)
    var x = 0
    for picture in pictures {
      out.draw(picture, x: x, y: (out.height - picture.height) / 2)
      x += picture.width + gap
    }
    return out
  }

  /// Rows and columns of pictures; every column is as wide as its widest picture, every row as tall as its tallest.
  static func table(_ cells: [[RasterImage]], gap: Int, on background: Color) -> RasterImage {
    let widths = (0..<(cells.map(\.count).max() ?? 0)).map { column in
      cells.map { column < $0.count ? $0[column].width : 0 }.max() ?? 0
    }
    let heights = cells.map { $0.map(\.height).max() ?? 0 }
    var out = RasterImage(
      width: widths.reduce(0, +) + gap * max(0, widths.count - 1),
      height: heights.reduce(0, +) + gap * max(0, heights.count - 1), fill: background)
    var y = 0
    for (row, height) in zip(cells, heights) {
      var x = 0
      for (cell, width) in zip(row, widths) {
        out.draw(cell, x: x + (width - cell.width) / 2, y: y + (height - cell.height) / 2)
        x += width + gap
      }
      y += height + gap
    }
    return out
  }

  /// The picture with a border around it.
  func padded(_ border: Int, on background: Color) -> RasterImage {
    var out = RasterImage(width: width + 2 * border, height: height + 2 * border, fill: background)
    out.draw(self, x: border, y: border)
    return out
  }
}
