import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("damaged MetaImage files")
struct MetaImageDamageTests {
  /// A small file, and how long its header is.
  static func file(_ encoding: String) throws -> (bytes: [UInt8], header: Int) {
    let lines = [
      "ObjectType = Image", "NDims = 4", "BinaryData = \(encoding == "text" ? "False" : "True")",
      "BinaryDataByteOrderMSB = False", "CompressedData = \(encoding == "zlib" ? "True" : "False")",
      "CompressedDataSize = \(zlib.count)", "TransformMatrix = 1 0 0 0 0 0.5 0 0 0 0 1 0 0 0 0 1",
      "Offset = 1 -2 3.5 0",
      "ElementSpacing = 1 2 3 1", "DimSize = 3 2 2 2", "HeaderSize = 0", "ElementNumberOfChannels = 2",
      "ElementToIntensityFunctionSlope = 1", "ElementType = MET_SHORT", "ElementDataFile = LOCAL",
    ]
    let header = ArrayBytes.file(lines, [])
    switch encoding {
    case "zlib": return (header + zlib, header.count)
    case "text": return (header + Array((100..<148).map { "\($0)" }.joined(separator: " ").utf8), header.count)
    default: return (header + ArrayBytes.counting(48, as: Int16.self), header.count)
    }
  }

  /// `zlib.compress(numpy.arange(48, dtype="<i2").tobytes())` of Python 3.11.
  static let zlib: [UInt8] = [
    120, 156, 5, 193, 7, 2, 66, 0, 0, 0, 192, 139, 180, 180, 53, 36, 105, 144, 164, 212, 255, 127, 231, 142, 129, 64,
    104, 40, 50, 50, 54, 49, 53, 19, 155, 91, 88, 90, 89, 219, 216, 74, 236, 236, 29, 28, 165, 78, 50, 103, 185, 139,
    194, 213, 205, 221, 67, 169, 242, 84, 123, 105, 188, 181, 62, 190, 58, 63, 127, 61, 144, 80, 4, 105,
  ]

  static let encodings = ["raw", "zlib", "text"]

  /// Bytes of voxels that a byte of the file may stand for.
  static func ratio(_ encoding: String) -> Int { encoding == "zlib" ? 1032 : encoding == "text" ? 4 : 1 }

  @Test("zlib is undone")
  func compressed() throws {
    let reader = try FormatRegistry.open(ByteSource(try Self.file("zlib").bytes))
    let values = try (0..<reader.header.volumes).map { try reader.read(volume: $0).volume.converted64 }
    #expect(values.flatMap { $0 }.sorted() == (0..<48).map(Double.init))
    // The channels are interleaved.
    #expect(values[0].prefix(3) == [0, 2, 4])
    #expect(values[3].suffix(2) == [45, 47])
  }

  @Test("a file cut anywhere is refused", arguments: encodings)
  func truncated(encoding: String) throws {
    let (bytes, header) = try Self.file(encoding)
    #expect(try DamagedFile.read(bytes, ratio: Self.ratio(encoding)))
    for copy in Truncations(of: bytes, header: header) {
      // The last number of a text may lose digits and still be one.
      if encoding == "text", copy.count >= bytes.count - 2 { continue }
      #expect(try !DamagedFile.read(copy), "read \(copy.count) of \(bytes.count) bytes")
    }
  }

  @Test("mutations give an error or a volume", arguments: encodings)
  func mutated(encoding: String) throws {
    let (bytes, header) = try Self.file(encoding)
    var readable = 0
    for copy in Mutations(of: bytes, count: 10_000, seed: 2, header: header) {
      if try DamagedFile.read(copy, ratio: Self.ratio(encoding)) { readable += 1 }
    }
    #expect(readable > 100 && readable < 9_900, "\(readable) of 10 000 could be read")
  }
}
