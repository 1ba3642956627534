/// A picture: rows from top to bottom, pixels from left to right.
public struct RasterImage: Sendable, Hashable {
  public let width: Int
  public let height: Int
  /// `width * height` colours.
  public private(set) var pixels: [Color]

  /// Makes a picture of one colour; a side below 1 is taken as 1.
  public init(width: Int, height: Int, fill: Color = .black) {
    (self.width, self.height) = (max(1, width), max(1, height))
    pixels = Array(repeating: fill, count: self.width * self.height)
  }

  /// One pixel; both indices must be inside.
  public subscript(x: Int, y: Int) -> Color {
    get { pixels[x + width * y] }
    set { pixels[x + width * y] = newValue }
  }

  /// Red, green, blue of every pixel, one byte each.
  public var rgb: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 3 * pixels.count) { bytes, count in
      for (index, pixel) in pixels.enumerated() {
        bytes.initializeElement(at: 3 * index, to: pixel.red)
        bytes.initializeElement(at: 3 * index + 1, to: pixel.green)
        bytes.initializeElement(at: 3 * index + 2, to: pixel.blue)
      }
      count = 3 * pixels.count
    }
  }

  /// Fills a rectangle; what lies outside the picture is left out.
  public mutating func fill(x: Int, y: Int, width: Int, height: Int, with color: Color) {
    for row in max(0, y)..<max(0, y, min(self.height, y + height)) {
      for column in max(0, x)..<max(0, x, min(self.width, x + width)) { self[column, row] = color }
    }
  }

  /// Lays another picture over this one with its upper left corner at (x, y); what lies outside is left out.
  ///
  /// - Parameter transparent: a colour that covers nothing.
  public mutating func draw(_ other: RasterImage, x: Int, y: Int, except transparent: Color? = nil) {
    for row in max(0, -y)..<max(0, -y, min(other.height, height - y)) {
      for column in max(0, -x)..<max(0, -x, min(other.width, width - x)) {
        let color = other[column, row]
        if color != transparent { self[x + column, y + row] = color }
      }
    }
  }
}
