import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("damaged NRRD files")
struct NRRDDamageTests {
  /// A small file of an encoding, and how long its header is.
  static func file(_ encoding: String, kinds: String = "domain domain domain list") throws -> (
    bytes: [UInt8], header: Int
  ) {
    let lines = [
      "NRRD0005", "type: short", "dimension: 4", "space: left-posterior-superior", "sizes: 4 3 2 2",
      "space directions: (1,0,0) (0,1.5,0) (0,0,2) none", "kinds: \(kinds)", "endian: little",
      "encoding: \(encoding)", "space origin: (-10,20,30.5)", "space units: \"mm\" \"mm\" \"mm\"", "byte skip: 0",
      "Segment0_ID:=Segment_1", "Segment0_Name:=liver", "Segment0_LabelValue:=1", "Segment0_Color:=1 0.5 0", "",
    ]
    let header = ArrayBytes.file(lines, [])
    let voxels = ArrayBytes.counting(48, as: Int16.self)
    switch encoding {
    case "gzip":
      let folder = try TemporaryDirectory()
      let sink = try ByteSink(path: folder.path("a.gz"))
      try sink.write(voxels)
      try sink.finish()
      let source = try ByteSource(path: folder.path("a.gz"), decompressing: false)
      return (header + (try source.rest(upTo: 1000, of: "it")), header.count)
    case "text": return (header + Array((100..<148).map { "\($0)" }.joined(separator: " ").utf8), header.count)
    case "hex": return (header + Array(voxels.flatMap { "0\($0)".suffix(2).utf8 }), header.count)
    default: return (header + voxels, header.count)
    }
  }

  static let encodings = ["raw", "gzip", "text", "hex"]

  /// Bytes of voxels that a byte of the file may stand for.
  static func ratio(_ encoding: String) -> Int { encoding == "gzip" ? 1032 : encoding == "text" ? 4 : 1 }

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
    for copy in Mutations(of: bytes, count: 10_000, seed: 1, header: header) {
      if try DamagedFile.read(copy, ratio: Self.ratio(encoding)) { readable += 1 }
    }
    // Faults in voxels, colours and names leave a file that can be read.
    #expect(readable > 100 && readable < 9_900, "\(readable) of 10 000 could be read")
  }
}
