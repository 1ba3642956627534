import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

/// Formats with a text header before or beside the voxels.
@Suite("NRRD and MetaImage round trip")
struct ArrayRoundTripTests {
  static let names = ["a.nrrd", "a.nhdr", "a.mha", "a.mhd"]

  static func grid(_ affine: Affine = .identity) -> Grid { Grid(dimensions: [4, 3, 2], affine: affine) }

  static let oblique = Affine(
    x: [-0.99359200921208746 * 0.7, -0.04970492721885441 * 0.7, -0.10151029228632795 * 0.7],
    y: [0.016005020190061219 * 1.3, 0.95093665139041228 * 1.3, -0.30897139733494045 * 1.3],
    z: [0.11188725988575336 * 2.5, 0.30536684015686016 * 2.5, 0.94563858529983524 * 2.5],
    t: [-64.898239135742202, -110.4311447143555, 1e-7])

  private func roundTrip(_ volume: AnyVolume, _ name: String) throws {
    let folder = try TemporaryDirectory()
    let path = folder.path(name)
    try #require(FormatRegistry.writable(for: path)).write(ScanImage(volume: volume), to: path, threads: 2)
    let back = try FormatRegistry.read(path: path)
    #expect(back.volume.type == volume.type)
    #expect(back.volume.converted64 == volume.converted64)
    #expect(back.volume.grid.isClose(to: volume.grid, tolerance: 1e-12))
    #expect(back.warnings.isEmpty)
    let isDetached = name.hasSuffix("hdr") || name.hasSuffix("mhd")
    #expect(try folder.names == (isDetached ? [name, "a.raw"] : [name]))
  }

  @Test("every type comes back as it was", arguments: VoxelType.allCases, names)
  func types(type: VoxelType, name: String) throws {
    try roundTrip(NIfTIRoundTripTests.volume(type, on: Self.grid(Self.oblique)), name)
  }

  @Test("every orientation comes back as it was", arguments: Orientation.all, names)
  func orientations(orientation: Orientation, name: String) throws {
    for affine in [Affine(spacing: [0.5, 0.75, 3], origin: [-10, 20, 30]), Self.oblique] {
      try roundTrip(NIfTIRoundTripTests.volume(.int16, on: Self.grid(affine)).reoriented(to: orientation), name)
    }
  }

  @Test("equal volumes give equal files on any number of threads", arguments: names)
  func threads(name: String) throws {
    let folder = try TemporaryDirectory()
    let grid = Grid(dimensions: [64, 64, 100], affine: Self.oblique)
    var generator = SeededGenerator(seed: 1)
    let voxels = (0..<grid.count).map { _ in Int16.random(in: -50...50, using: &generator) }
    let image = ScanImage(volume: .int16(Volume(grid: grid, voxels: voxels)))
    for threads in [1, 2] {
      let path = folder.path("\(threads).\(name)")
      try #require(FormatRegistry.writable(for: path)).write(image, to: path, threads: threads)
    }
    let contents = try [1, 2].map { try ByteSource.contents(of: folder.path("\($0).\(name)"), upTo: 1 << 22) }
    // A detached header names its own voxels.
    let nameSize = { (bytes: [UInt8]) in bytes.count > 1000 ? bytes : Array(bytes.dropLast(16)) }
    #expect(nameSize(contents[0]) == nameSize(contents[1]))
    #expect(try FormatRegistry.read(path: folder.path("2.\(name)")).volume.converted64 == image.volume.converted64)
  }

  @Test("a file that cannot be created leaves nothing behind", arguments: names)
  func cannotCreate(name: String) throws {
    let folder = try TemporaryDirectory()
    let image = ScanImage(volume: NIfTIRoundTripTests.volume(.int16))
    let path = folder.path("missing/\(name)")
    let format = try #require(FormatRegistry.writable(for: path))
    let error = #expect(throws: FormatError.self) { try format.write(image, to: path, threads: 1) }
    #expect(error?.code == .cannotCreate)
    #expect(try folder.names.isEmpty)
  }
}

/// A header and voxels that count 0, 1, 2 ..., for files that others could have written.
enum ArrayBytes {
  /// Lines and the bytes behind them.
  static func file(_ lines: [String], _ body: [UInt8], lineEnd: String = "\n") -> [UInt8] {
    Array(lines.map { $0 + lineEnd }.joined().utf8) + body
  }

  /// Integers 0, 1, 2 ... in a number type and byte order.
  static func counting<Value: FixedWidthInteger>(
    _ count: Int, as type: Value.Type, isBigEndian: Bool = false
  ) -> [UInt8] {
    (0..<count).flatMap { index -> [UInt8] in
      let value = Value(truncatingIfNeeded: index)
      return withUnsafeBytes(of: isBigEndian ? value.bigEndian : value.littleEndian) { Array($0) }
    }
  }

  /// Bytes of a volume, the numbers' bytes reversed where asked for.
  static func voxels(_ volume: AnyVolume, isBigEndian: Bool) throws -> [UInt8] {
    let folder = try TemporaryDirectory()
    try RawFormat.write(ScanImage(volume: volume), to: folder.path("a.raw"), threads: 1)
    let bytes = try ByteSource.contents(of: folder.path("a.raw"), upTo: 1 << 20)
    guard isBigEndian, !volume.isColor else { return bytes }
    let size = volume.type.size
    return stride(from: 0, to: bytes.count, by: size).flatMap { bytes[$0..<$0 + size].reversed() }
  }
}
