import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("raw voxels")
struct RawTests {
  private static func options(_ layout: RawLayout) -> ReadOptions {
    var options = ReadOptions()
    options.raw = layout
    return options
  }

  private static func read(_ bytes: [UInt8], _ layout: RawLayout) throws -> ScanImage {
    try FormatRegistry.open(ByteSource(bytes), options(layout)).onlyVolume()
  }

  @Test("every type comes back in either byte order, compressed or not", arguments: VoxelType.allCases)
  func types(type: VoxelType) throws {
    let grid = Grid(dimensions: [4, 3, 2], affine: Affine(spacing: [0.5, 1, 2.25]))
    let volume = NIfTIRoundTripTests.volume(type, on: grid)
    let folder = try TemporaryDirectory()
    var layout = RawLayout(size: [4, 3, 2], type: type, spacing: [0.5, 1, 2.25])
    for name in ["a.raw", "a.raw.gz"] {
      let path = folder.path(name)
      try RawFormat.write(ScanImage(volume: volume), to: path, threads: 2)
      let back = try FormatRegistry.open(path: path, Self.options(layout)).onlyVolume().volume
      #expect(back.type == type && back.grid == grid)
      #expect(back.converted64 == volume.converted64)
    }
    layout.isBigEndian = true
    let back = try Self.read(ArrayBytes.voxels(volume, isBigEndian: true), layout).volume
    #expect(back.converted64 == volume.converted64)
  }

  @Test("bytes before and behind the voxels are passed over; missing ones are counted")
  func sizes() throws {
    let bytes = ArrayBytes.counting(30, as: UInt8.self)
    let layout = RawLayout(size: [2, 3, 4], type: .uint8, skip: 6)
    #expect(try Self.read(bytes, layout).volume.converted64 == (6..<30).map(Double.init))
    #expect(try Self.read(bytes + [1, 2], layout).volume.converted64 == (6..<30).map(Double.init))
    let error = #expect(throws: FormatError.self) { try Self.read(bytes.dropLast(), layout) }
    #expect(error?.code == .malformed)
    #expect(error?.message.contains("24") == true && error?.message.contains("29") == true)
  }

  static let faulty = [
    RawLayout(size: [0, 1, 1], type: .uint8), RawLayout(size: [-1, -1, 1], type: .uint8),
    RawLayout(size: [.max, .max, .max], type: .float64), RawLayout(size: [1 << 20, 1 << 20, 1 << 15], type: .float64),
    RawLayout(size: [1, 1, 1], type: .uint8, spacing: [0, 1, 1]),
    RawLayout(size: [1, 1, 1], type: .uint8, spacing: [1, .nan, 1]),
    RawLayout(size: [1, 1, 1], type: .uint8, skip: -1), RawLayout(size: [1, 1, 1], type: .uint8, skip: .max),
  ]

  @Test("layouts that cannot be are refused", arguments: faulty)
  func faults(layout: RawLayout) throws {
    #expect(throws: FormatError.self) { try Self.read([1, 2, 3], layout) }
  }

  @Test("a raw file without options says which to give")
  func hint() throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write([1, 2, 3, 4], as: "a.raw")
    let error = #expect(throws: FormatError.self) { try FormatRegistry.read(path: path) }
    #expect(error?.message.contains("--raw-size") == true)
    let image = ScanImage(volume: NIfTIRoundTripTests.volume(.int16))
    let hint = try #require(RawFormat.readingHint(image, path: "a.raw"))
    #expect(hint.contains("--raw-size 4,3,2 --raw-type int16 --raw-spacing"))
    #expect(NRRDFormat.readingHint(image, path: "a.nrrd") == nil)
  }

  @Test("any file is read as it is described, gzip undone, and mutations stay within it")
  func damaged() throws {
    let folder = try TemporaryDirectory()
    let volume = NIfTIRoundTripTests.volume(.int16)
    try RawFormat.write(ScanImage(volume: volume), to: folder.path("a.raw.gz"), threads: 1)
    let source = try ByteSource(path: folder.path("a.raw.gz"), decompressing: false)
    let gzip = try source.rest(upTo: 1000, of: "it")
    let options = Self.options(RawLayout(size: [4, 3, 2], type: .int16))
    #expect(try DamagedFile.read(gzip, options, ratio: 1032))
    for copy in Truncations(of: gzip, header: 0) {
      #expect(try !DamagedFile.read(copy, options, ratio: 1032), "read \(copy.count) of \(gzip.count) bytes")
    }
    for copy in Mutations(of: gzip, count: 10_000, seed: 3) {
      try DamagedFile.read(copy, options, ratio: 1032)
    }
  }
}
