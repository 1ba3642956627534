internal import CPNG

/// Encodes RGB pictures as PNG with libpng.
///
/// - Source: ISO/IEC 15948:2004; libpng manual, section "simplified API".
public enum PNGWriter {
  /// The bytes of a PNG file.
  ///
  /// - Parameters:
  ///   - pixels: components in sRGB [height, width, 3], rows from top to bottom.
  ///   - width: at most 2^31 - 1, like `height`.
  /// - Throws: ``FormatError`` with code `unsupported` when the sizes do not fit each other or PNG.
  public static func encode(_ pixels: [UInt8], width: Int, height: Int) throws(FormatError) -> [UInt8] {
    let limit = Int(Int32.max)
    guard 1...limit ~= width, 1...limit ~= height, width <= limit / (3 * height),
      pixels.count == width * height * 3
    else {
      throw FormatError(
        .unsupported,
        "expected 3 bytes for each of \(width)x\(height) pixels and at most 2 GiB, "
          + "found \(pixels.count) bytes")
    }
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    (image.width, image.height) = (UInt32(width), UInt32(height))
    image.format = UInt32(PNG_FORMAT_FLAG_COLOR)
    defer { png_image_free(&image) }

    // With the bound known the picture is compressed once; libpng can also ask for the exact size, by compressing twice.
    var size = cpng_size_bound(&image)
    var file = [UInt8](repeating: 0, count: size)
    guard png_image_write_to_memory(&image, &file, &size, 0, pixels, 0, nil) != 0 else { throw failure(of: image) }
    return Array(file.prefix(size))
  }

  private static func failure(of image: png_image) -> FormatError {
    let message = withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return FormatError(.writeFailed, "PNG encoding failed: \(message)")
  }
}
