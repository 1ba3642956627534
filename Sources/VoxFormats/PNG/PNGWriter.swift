internal import CPNG

/// Encodes pictures as PNG with libpng.
///
/// - Source: ISO/IEC 15948:2004; libpng manual, section "simplified API".
public enum PNGWriter {
  /// What a pixel is made of, one byte per component, in sRGB.
  public enum Pixel: Int, Sendable {
    case gray = 1
    case rgb = 3

    fileprivate var format: Int32 {
      switch self {
      case .gray: 0
      case .rgb: Int32(PNG_FORMAT_FLAG_COLOR)
      }
    }
  }

  /// The bytes of a PNG file.
  ///
  /// - Parameters:
  ///   - pixels: components [height, width, components of a pixel], rows from top to bottom.
  ///   - width: at most 2^31 - 1, like `height`.
  ///   - pixel: what a pixel is made of.
  /// - Throws: ``FormatError`` with code `unsupported` when the sizes do not fit each other or PNG.
  public static func encode(
    _ pixels: [UInt8], width: Int, height: Int, _ pixel: Pixel = .rgb
  ) throws(FormatError) -> [UInt8] {
    let (limit, components) = (Int(Int32.max), pixel.rawValue)
    guard 1...limit ~= width, 1...limit ~= height, width <= limit / (components * height),
      pixels.count == width * height * components
    else {
      throw FormatError(
        .unsupported,
        "expected \(components) bytes for each of \(width)x\(height) pixels and at most 2 GiB, "
          + "found \(pixels.count) bytes")
    }
    return try write(pixels, width, height, format: pixel.format, palette: [])
  }

  /// The bytes of a PNG file whose pixels are numbers of a palette's colours.
  ///
  /// - Parameters:
  ///   - indices: numbers of colours [height, width], rows from top to bottom.
  ///   - palette: 1 to 256 colours, red, green, blue and opacity each; colours are not multiplied by their opacity.
  /// - Throws: ``FormatError`` with code `unsupported` when the sizes do not fit each other, or a number is too large.
  public static func encode(
    indices: [UInt8], palette: [UInt8], width: Int, height: Int
  ) throws(FormatError) -> [UInt8] {
    let (colors, rest) = palette.count.quotientAndRemainder(dividingBy: 4)
    guard 1...256 ~= colors, rest == 0, width > 0, height > 0, indices.count == width * height,
      indices.allSatisfy({ Int($0) < colors })
    else {
      throw FormatError(
        .unsupported,
        "expected \(width)x\(height) numbers below \(colors), found \(indices.count) up to "
          + "\(indices.max() ?? 0)")
    }
    let format = PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA | PNG_FORMAT_FLAG_COLORMAP
    return try write(indices, width, height, format: Int32(format), palette: palette)
  }

  private static func write(
    _ pixels: [UInt8], _ width: Int, _ height: Int, format: Int32, palette: [UInt8]
  ) throws(FormatError) -> [UInt8] {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    (image.width, image.height) = (UInt32(width), UInt32(height))
    image.format = UInt32(format)
    image.colormap_entries = UInt32(palette.count / 4)
    defer { png_image_free(&image) }

    // With the bound known the picture is compressed once; libpng can also ask for the exact size, by compressing twice.
    var size = cpng_size_bound(&image)
    var file = [UInt8](repeating: 0, count: size)
    guard png_image_write_to_memory(&image, &file, &size, 0, pixels, 0, palette.isEmpty ? nil : palette) != 0 else {
      throw failure(of: image)
    }
    return Array(file.prefix(size))
  }

  private static func failure(of image: png_image) -> FormatError {
    let message = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return FormatError(.writeFailed, "PNG encoding failed: \(message)")
  }
}
