import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("NIfTI header")
struct NIfTIHeaderTests {
  private static let grid = Grid(dimensions: [4, 3, 2], affine: Affine(spacing: [1, 2, 3], origin: [-5, -6, -7]))
  private static let volume = AnyVolume.int16(Volume(grid: grid, voxels: (0..<24).map { Int16($0 * 10 - 100) }))
  private static let bytes = NIfTIBytes(volume).bytes

  /// The bytes of a 32-bit float.
  private static func float(_ value: Float) -> [UInt8] { (0..<4).map { UInt8(value.bitPattern >> (8 * $0) & 0xff) } }

  /// The volume's file with bytes replaced.
  private static func patched(_ changes: [Int: [UInt8]]) -> [UInt8] {
    var bytes = Self.bytes
    for (offset, patch) in changes { bytes.replaceSubrange(offset..<offset + patch.count, with: patch) }
    return bytes
  }

  struct Scaling: CustomTestStringConvertible, Sendable {
    let slope: Float
    let inter: Float
    let type: VoxelType
    let second: Double
    var testDescription: String { "slope \(slope), intercept \(inter)" }
  }

  @Test(
    "a scaling changes values, an identity keeps integers",
    arguments: [
      Scaling(slope: 1, inter: 0, type: .int16, second: -90),
      Scaling(slope: 0, inter: 5, type: .int16, second: -90),
      Scaling(slope: .nan, inter: 5, type: .int16, second: -90),
      Scaling(slope: 2, inter: 0.5, type: .float32, second: -179.5),
      Scaling(slope: 1, inter: -1024, type: .float32, second: -1114),
    ])
  func scaling(_ example: Scaling) throws {
    let bytes = Self.patched([112: Self.float(example.slope), 116: Self.float(example.inter)])
    let volume = try FormatRegistry.read(ByteSource(bytes)).volume
    #expect(volume.type == example.type)
    #expect(volume.converted64[1] == example.second)
  }

  @Test("64-bit integers become 32-bit ones where they fit, else doubles")
  func wideIntegers() throws {
    let grid = Grid(dimensions: [3, 1, 1], affine: .identity)
    for (values, type) in [([1, -2, 3], VoxelType.int32), ([1, 1 << 40, 3], .float64)] as [([Int64], VoxelType)] {
      var bytes = NIfTIBytes(.float64(Volume(grid: grid, repeating: 0))).bytes
      bytes.replaceSubrange(70..<72, with: [0, 4])  // DT_INT64 = 1024
      for (index, value) in values.enumerated() {
        for byte in 0..<8 { bytes[352 + index * 8 + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
      }
      let volume = try FormatRegistry.read(ByteSource(bytes)).volume
      #expect(volume.type == type)
      #expect(volume.converted64 == values.map(Double.init))
    }
  }

  @Test("without codes the volume lies about the world's origin, first axis to the left, and a warning says so")
  func noCodes() throws {
    let image = try FormatRegistry.read(ByteSource(Self.patched([252: [0, 0, 0, 0]])))
    let affine = image.volume.grid.affine
    #expect(affine.isClose(to: Affine(spacing: [-1, 2, 3], origin: [1.5, -2, -1.5])))
    #expect(image.warnings.count == 1)
  }

  @Test("an sform and a qform that disagree give a warning, and the sform is used")
  func disagreement() throws {
    let image = try FormatRegistry.read(ByteSource(Self.patched([268: Self.float(12)])))  // qoffset_x
    #expect(image.volume.grid.isClose(to: Self.grid))
    #expect(image.warnings.contains { $0.contains("17.0 mm") })
  }

  @Test("lengths in micrometres become millimetres")
  func micrometres() throws {
    let image = try FormatRegistry.read(ByteSource(Self.patched([123: [3]])))
    #expect((image.volume.grid.spacing - [0.001, 0.002, 0.003]).length < 1e-9)
  }

  struct Damage: CustomTestStringConvertible, Sendable {
    let name: String
    let changes: [Int: [UInt8]]
    let code: FormatError.Code
    let offset: Int
    var testDescription: String { name }
  }

  @Test(
    "damaged fields are errors that name the byte",
    arguments: [
      Damage(name: "size", changes: [0: [1, 2, 3, 4]], code: .malformed, offset: 0),
      Damage(name: "magic", changes: [344: [0, 0, 0, 0]], code: .malformed, offset: 344),
      Damage(name: "no dimensions", changes: [40: [0, 0]], code: .malformed, offset: 40),
      Damage(name: "8 dimensions", changes: [40: [8, 0]], code: .malformed, offset: 40),
      Damage(name: "negative extent", changes: [42: [255, 255]], code: .malformed, offset: 40),
      Damage(name: "zero extent", changes: [44: [0, 0]], code: .malformed, offset: 40),
      Damage(
        name: "volumes beyond any file", changes: [40: [7, 0], 50: [255, 127], 52: [255, 127], 54: [255, 127], 48: [255, 127]],
        code: .malformed, offset: 40),
      Damage(name: "unknown type", changes: [70: [3, 0]], code: .malformed, offset: 70),
      Damage(name: "single bits", changes: [70: [1, 0]], code: .unsupported, offset: 70),
      Damage(name: "complex", changes: [70: [32, 0]], code: .unsupported, offset: 70),
      Damage(name: "voxels inside the header", changes: [108: float(100)], code: .malformed, offset: 108),
      Damage(name: "voxels at infinity", changes: [108: float(.infinity)], code: .malformed, offset: 108),
      Damage(name: "intercept", changes: [112: float(2), 116: float(.nan)], code: .malformed, offset: 116),
      Damage(
        name: "flat sform", changes: [312: float(0), 316: float(0), 320: float(0)], code: .malformed, offset: 280),
      Damage(name: "sform not a number", changes: [280: float(.nan)], code: .malformed, offset: 280),
      Damage(name: "more voxels than bytes", changes: [42: [255, 127]], code: .malformed, offset: 352),
    ])
  func damage(_ example: Damage) throws {
    let error = #expect(throws: FormatError.self) {
      try FormatRegistry.read(ByteSource(Self.patched(example.changes)))
    }
    let found = try #require(error)
    #expect(found.code == example.code, "\(found)")
    #expect(found.description.contains("byte \(example.offset):"), "\(found)")
  }

  @Test("the size is checked before memory is taken: 8 TB announced in 400 bytes")
  func hugeAnnouncement() {
    let huge = Self.patched([42: [255, 127, 255, 127, 255, 127]])
    #expect(throws: FormatError.self) { try FormatRegistry.read(ByteSource(huge)) }
  }

  @Test(
    "flipped bits in a compressed file are found by its checksum, or change nothing", arguments: 0..<2 as Range<UInt64>)
  func compressedBitFlips(seed: UInt64) throws {
    let folder = try TemporaryDirectory()
    let path = folder.path("a.nii.gz")
    try NIfTIFormat.write(ScanImage(volume: Self.volume), to: ByteSink(path: path))
    let original = try ByteSource(path: path, decompressing: false).rest(upTo: 1 << 20, of: "the file")
    var generator = SeededGenerator(seed: seed)
    var errors = 0
    for _ in 0..<500 {
      var bytes = original
      // The first ten bytes are gzip's own header, whose time and system mean nothing.
      bytes[Int.random(in: 10..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      // Deflate pads its last byte with bits that mean nothing.
      guard let image = try? FormatRegistry.read(ByteSource(bytes)) else {
        errors += 1
        continue
      }
      #expect(image.volume.converted64 == Self.volume.converted64)
      #expect(image.volume.grid == Self.grid)
    }
    #expect(errors > 400)
  }

  @Test("what is no image says what was found", arguments: [("", "no bytes at all"), ("hello", "68 65 6c 6c")])
  func noImage(text: String, found: String) throws {
    let error = #expect(throws: FormatError.self) { try FormatRegistry.read(ByteSource(Array(text.utf8))) }
    #expect(try #require(error).description.contains(found))
  }
}
