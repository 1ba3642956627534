public import VoxGrid

/// How an image, an attribution over it and the outline of a segment become colours.
public struct OverlayStyle: Sendable {
  /// The image intensities from black to white.
  public var window: IntensityWindow
  /// The colours of the attribution.
  public var colormap: Colormap
  /// The attribution shown in the last colour, positive; the display is symmetric about zero.
  public var limit: Double
  /// Opacity of the attribution at the limit, 0 to 1.
  public var alpha: Double
  /// Fraction of the limit under which the attribution is transparent, 0 up to but not including 1.
  public var threshold: Double
  /// Colour of the outline.
  public var outline = Color(120, 255, 80)

  /// Makes a style.
  public init(
    window: IntensityWindow, colormap: Colormap = .coolWarm, limit: Double, alpha: Double = 0.7,
    threshold: Double = 0.1
  ) {
    (self.window, self.colormap, self.limit) = (window, colormap, limit)
    (self.alpha, self.threshold) = (alpha, threshold)
  }

  /// The limit of a symmetric display: the 99.5th percentile of the magnitudes, or their maximum where that is zero.
  ///
  /// - Returns: a positive number; 1 for a map of zeros.
  public static func limit(of attribution: Volume<Float>) -> Double {
    let percentile = OrderStatistic.value(0.995, of: attribution.voxels, abs) ?? 0
    let limit = percentile > 0 ? percentile : OrderStatistic.value(1, of: attribution.voxels, abs) ?? 0
    return limit > 0 ? Double(limit) : 1
  }

  /// The colour of one pixel; NaN is transparent.
  @inline(__always)
  public func color(intensity: Float, attribution: Float) -> Color {
    let gray = UInt8(window(intensity) * 255 + 0.5)
    let base = Color(gray, gray, gray)
    guard let tint = tint(attribution) else { return base }
    return base.blended(with: tint.color, opacity: tint.opacity)
  }

  /// The colour of an attribution and its opacity; `nil` up to the threshold, where it is transparent.
  ///
  /// Opacity rises from 0 at the threshold to `alpha` at the limit, as a square root, so that weak attributions stay
  /// visible without an edge at the threshold.
  @inline(__always)
  public func tint(_ attribution: Float) -> (color: Color, opacity: Double)? {
    let relative = Double(attribution) / limit
    guard abs(relative) > threshold else { return nil }
    let opacity = alpha * min(1, (abs(relative) - threshold) / (1 - threshold)).squareRoot()
    return (colormap.color(signed: relative), opacity)
  }

  /// The picture of a slice.
  ///
  /// - Parameters:
  ///   - image: intensities.
  ///   - attribution: on the image's pixels, or `nil` for the bare image.
  ///   - segment: how far each pixel belongs to the outlined segment, 0 to 1; the outline runs where it crosses 0.5.
  /// - Precondition: the slices have one size.
  public func picture(image: Slice, attribution: Slice?, segment: Slice?) -> RasterImage {
    var picture = RasterImage(width: image.width, height: image.height)
    for row in 0..<image.height {
      for column in 0..<image.width {
        picture[column, row] = color(intensity: image[column, row], attribution: attribution?[column, row] ?? 0)
      }
    }
    if let segment {
      for (column, row) in Contour.pixels(of: segment) { picture[column, row] = outline }
    }
    return picture
  }
}
