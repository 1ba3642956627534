/// A plane of values, rows from top to bottom.
public struct Slice: Sendable {
  public let width: Int
  public let height: Int
  /// Width and height of a pixel in millimetres.
  public let spacing: SIMD2<Double>
  /// `width * height` values.
  public let pixels: [Float]

  /// Makes a slice.
  ///
  /// - Precondition: `pixels.count == width * height`, both at least 1.
  public init(width: Int, height: Int, spacing: SIMD2<Double>, pixels: [Float]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height, "a slice needs one value per pixel")
    (self.width, self.height, self.spacing, self.pixels) = (width, height, spacing, pixels)
  }

  /// One value.
  public subscript(column: Int, row: Int) -> Float { pixels[column + width * row] }

  /// The part within a range of columns and rows, cut to the slice; at least one pixel remains.
  public func cropped(columns: Range<Int>, rows: Range<Int>) -> Slice {
    let columns = Self.clamp(columns, to: width)
    let rows = Self.clamp(rows, to: height)
    let kept = rows.flatMap { row in pixels[(width * row + columns.lowerBound)..<(width * row + columns.upperBound)] }
    return Slice(width: columns.count, height: rows.count, spacing: spacing, pixels: kept)
  }

  private static func clamp(_ range: Range<Int>, to count: Int) -> Range<Int> {
    let low = min(max(0, range.lowerBound), count - 1)
    return low..<max(low + 1, min(count, range.upperBound))
  }

  /// The same area drawn with another number of pixels, bilinear between pixel centres.
  ///
  /// - Complexity: O(pixels of the result).
  public func scaled(width newWidth: Int, height newHeight: Int) -> Slice {
    if newWidth == width, newHeight == height { return self }
    let columns = Self.neighbours(newWidth, width)
    let rows = Self.neighbours(newHeight, height)
    var scaled: [Float] = []
    scaled.reserveCapacity(newWidth * newHeight)
    for row in rows {
      let (upper, lower) = (row.low * width, row.high * width)
      for column in columns {
        let above = pixels[upper + column.low] * (1 - column.fraction) + pixels[upper + column.high] * column.fraction
        let below = pixels[lower + column.low] * (1 - column.fraction) + pixels[lower + column.high] * column.fraction
        scaled.append(above * (1 - row.fraction) + below * row.fraction)
      }
    }
    let ratio = SIMD2(Double(width) / Double(newWidth), Double(height) / Double(newHeight))
    return Slice(width: newWidth, height: newHeight, spacing: spacing * ratio, pixels: scaled)
  }

  /// For every new pixel the two old ones around its centre, and how far it lies towards the second.
  private static func neighbours(_ new: Int, _ old: Int) -> [(low: Int, high: Int, fraction: Float)] {
    (0..<new).map { index in
      let position = (Double(index) + 0.5) * Double(old) / Double(new) - 0.5
      let clamped = min(Double(old - 1), max(0, position))
      let low = Int(clamped)
      return (low, min(old - 1, low + 1), Float(clamped - Double(low)))
    }
  }
}
