import CPNG
import Testing
import VoxFormats

@Suite struct PNGWriterTests {
  @Test("libpng reads back every pixel", arguments: [(1, 1), (7, 5), (64, 33), (3, 200)])
  func roundTrip(_ width: Int, _ height: Int) throws {
    let pixels = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 11) }
    let file = try PNGWriter.encode(pixels, width: width, height: height)
    #expect(Array(file.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])

    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    var decoded = [UInt8](repeating: 0, count: pixels.count)
    file.withUnsafeBytes { bytes in
      #expect(png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0)
      #expect((Int(image.width), Int(image.height)) == (width, height))
      #expect(png_image_finish_read(&image, nil, &decoded, 0, nil) != 0)
    }
    #expect(decoded == pixels)
  }

  @Test("a palette keeps colours and opacity", arguments: [2, 32, 256])
  func palette(_ colors: Int) throws {
    let palette = (0..<4 * colors).map { UInt8(truncatingIfNeeded: $0 &* 41) }
    let indices = (0..<15 * 9).map { UInt8($0 * 7 % colors) }
    let file = try PNGWriter.encode(indices: indices, palette: palette, width: 15, height: 9)
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    var decoded = [UInt8](repeating: 0, count: 4 * indices.count)
    file.withUnsafeBytes { bytes in
      #expect(png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0)
      image.format = UInt32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
      #expect(png_image_finish_read(&image, nil, &decoded, 0, nil) != 0)
    }
    #expect(decoded == indices.flatMap { palette[4 * Int($0)..<4 * Int($0) + 4] })
    #expect(throws: FormatError.self) {
      try PNGWriter.encode(indices: [UInt8(colors - 1), 1], palette: Array(palette.dropLast(4)), width: 2, height: 1)
    }
  }

  @Test("sizes that do not fit are refused", arguments: [(0, 1, 0), (2, 2, 11), (1 << 40, 1 << 40, 3), (-1, 3, 9)])
  func refusal(_ width: Int, _ height: Int, _ count: Int) {
    #expect(throws: FormatError.self) {
      try PNGWriter.encode([UInt8](repeating: 0, count: count), width: width, height: height)
    }
  }
}
