import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("NIfTI round trip")
struct NIfTIRoundTripTests {
  private static let grid = Grid(
    dimensions: [4, 3, 2], affine: Affine(x: [-0.9, 0.1, 0], y: [0.1, 0.9, 0], z: [0, 0, 2.5], t: [10, -20, 30]))

  /// A volume of every type, with the type's extremes.
  static func volume(_ type: VoxelType, on grid: Grid = grid) -> AnyVolume {
    func integers<T: FixedWidthInteger & Sendable>(_: T.Type) -> Volume<T> {
      Volume(
        grid: grid,
        voxels: (0..<grid.count).map { $0 == 0 ? T.min : $0 == 1 ? T.max : T(truncatingIfNeeded: $0 &* 2_654_435_761) })
    }
    return switch type {
    case .uint8: .uint8(integers(UInt8.self))
    case .int8: .int8(integers(Int8.self))
    case .int16: .int16(integers(Int16.self))
    case .uint16: .uint16(integers(UInt16.self))
    case .int32: .int32(integers(Int32.self))
    case .uint32: .uint32(integers(UInt32.self))
    case .float32: .float32(Volume(grid: grid, voxels: (0..<grid.count).map { Float($0) / 7 - 1 }))
    case .float64: .float64(Volume(grid: grid, voxels: (0..<grid.count).map { Double($0) / 7 - 1 }))
    case .rgb24: .rgb24(integers(UInt32.self).map { RGB(UInt8($0 >> 24), UInt8($0 >> 16 & 255), UInt8($0 & 255)) })
    case .rgba32:
      .rgba32(
        integers(UInt32.self).map {
          RGBA(UInt8($0 >> 24), UInt8($0 >> 16 & 255), UInt8($0 >> 8 & 255), UInt8($0 & 255))
        })
    }
  }

  @Test("every type comes back as it was, compressed or not", arguments: VoxelType.allCases, ["a.nii", "a.nii.gz"])
  func types(type: VoxelType, name: String) throws {
    let folder = try TemporaryDirectory()
    let volume = Self.volume(type)
    try NIfTIFormat.write(ScanImage(volume: volume), to: ByteSink(path: folder.path(name)))
    let back = try FormatRegistry.read(path: folder.path(name))
    #expect(back.volume.type == type)
    #expect(back.volume.converted64 == volume.converted64)
    #expect(back.volume.grid.isClose(to: volume.grid, tolerance: 1e-5))
    #expect(back.warnings.isEmpty)
    #expect(try folder.names == [name])
  }

  @Test("either byte order gives the same volume", arguments: VoxelType.allCases)
  func bigEndian(type: VoxelType) throws {
    let volume = Self.volume(type)
    let bytes = NIfTIBytes(volume).bigEndian
    let back = try FormatRegistry.read(ByteSource(bytes))
    #expect(back.volume.type == type)
    #expect(back.volume.converted64 == volume.converted64)
    #expect(back.volume.grid.isClose(to: volume.grid, tolerance: 1e-5))
  }

  @Test("every orientation comes back, sform and qform agreeing", arguments: Orientation.all)
  func orientations(orientation: Orientation) throws {
    let volume = Self.volume(.int16).reoriented(to: orientation)
    var bytes = NIfTIBytes(volume).bytes
    let sform = try FormatRegistry.read(ByteSource(bytes))
    #expect(sform.volume.grid.isClose(to: volume.grid, tolerance: 1e-4))
    #expect(sform.warnings.isEmpty)
    bytes[254] = 0  // sform_code
    let qform = try FormatRegistry.read(ByteSource(bytes))
    #expect(qform.volume.grid.isClose(to: volume.grid, tolerance: 1e-4))
  }

  @Test("rotations in every quarter of the quaternion come back from the qform", arguments: 0..<40 as Range<UInt64>)
  func quaternions(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    func number() -> Double { Double.random(in: -1...1, using: &generator) }
    let x = SIMD3(number(), number(), number()).normalized
    let y = x.cross(SIMD3(number(), number(), number())).normalized
    let sign = seed.isMultiple(of: 2) ? 1.0 : -1.0
    let grid = Grid(
      dimensions: [4, 3, 2], affine: Affine(x: x * 0.8, y: y * 1.2, z: x.cross(y) * (3 * sign), t: [5, 6, 7]))
    var bytes = NIfTIBytes(Self.volume(.uint8, on: grid)).bytes
    bytes[254] = 0  // sform_code
    let back = try FormatRegistry.read(ByteSource(bytes))
    #expect(back.volume.grid.isClose(to: grid, tolerance: 1e-4))
  }

  @Test("a sheared grid is written with an sform only")
  func sheared() throws {
    var grid = Self.grid
    grid.affine.z = [0, 0.8, 2.5]
    let bytes = NIfTIBytes(Self.volume(.int16, on: grid)).bytes
    #expect(bytes[252] == 0 && bytes[254] == 1)  // qform_code, sform_code
    #expect(try FormatRegistry.read(ByteSource(bytes)).volume.grid.isClose(to: grid, tolerance: 1e-5))
  }

  @Test("axes that are perpendicular within the tolerance give the sform, and beside it the nearest qform")
  func nearlyPerpendicular() throws {
    var grid = Self.grid
    grid.affine.z += grid.affine.y * 5e-3
    #expect(grid.affine.shear > 1e-3 && grid.isOrthogonal)
    var bytes = NIfTIBytes(Self.volume(.int16, on: grid)).bytes
    #expect(try FormatRegistry.read(ByteSource(bytes)).volume.grid.isClose(to: grid, tolerance: 1e-5))
    bytes[254] = 0  // sform_code
    let qform = try FormatRegistry.read(ByteSource(bytes)).volume.grid
    #expect(qform.affine.shear < 1e-6)
    let last = SIMD3<Double>(grid.dimensions) - 1
    for place in [.zero, last / 2, last] {
      #expect((qform.affine(place) - grid.affine(place)).length <= Grid.tolerance)
    }
    #expect((qform.affine(last / 2) - grid.affine(last / 2)).length < 1e-3)
  }

  @Test("a dimension beyond 16 bits makes NIfTI-2")
  func version2() throws {
    let grid = Grid(dimensions: [40_000, 1, 1], affine: Affine(spacing: [0.5, 1, 1]))
    let volume = AnyVolume.uint8(Volume(grid: grid, voxels: (0..<40_000).map { UInt8(truncatingIfNeeded: $0) }))
    let bytes = NIfTIBytes(volume).bytes
    #expect(bytes[0...3] == [0x1c, 0x02, 0, 0])
    let back = try FormatRegistry.read(ByteSource(bytes))
    #expect(back.volume.grid == grid)
    #expect(back.volume.converted64 == volume.converted64)
  }

  @Test("a pair of header and image is read, whichever is named", arguments: ["a.hdr", "a.img"])
  func pair(name: String) throws {
    let folder = try TemporaryDirectory()
    let volume = Self.volume(.int16)
    var bytes = NIfTIBytes(volume).bytes
    bytes.replaceSubrange(344..<348, with: Array("ni1\0".utf8))
    bytes.replaceSubrange(108..<112, with: [0, 0, 0, 0])  // vox_offset
    _ = try folder.write(Array(bytes[..<352]), as: "a.hdr")
    _ = try folder.write(Array(bytes[352...]), as: "a.img")
    #expect(try FormatRegistry.read(path: folder.path(name)).volume.converted64 == volume.converted64)
  }

  @Test("extensions come back with code and bytes, voxels behind them intact")
  func extensions() throws {
    let list = [
      NIfTIExtension(code: 6, bytes: Array("a comment".utf8)),
      NIfTIExtension(code: 44, bytes: [UInt8](repeating: 9, count: 40)),
    ]
    let volume = Self.volume(.int16)
    let sink = try ByteSink()
    let writer = try NIfTIWriter(NIfTIHeader(grid: volume.grid, type: .int16, extensions: list), to: sink)
    try writer.write(volume)
    try writer.finish()
    let reader = try NIfTIReader(ByteSource(sink.contents))
    #expect(reader.header.extensions.map(\.code) == [6, 44])
    #expect(reader.header.extensions[0].text == "a comment" + String(repeating: " ", count: 15))
    #expect(reader.header.extensions[1].bytes == list[1].bytes)
    #expect(reader.header.voxelOffset.isMultiple(of: 16))
    #expect(try reader.next()?.converted64 == volume.converted64)
  }
}

/// A volume as the bytes of a NIfTI.
struct NIfTIBytes {
  let bytes: [UInt8]
  private let wordSize: Int

  init(_ volume: AnyVolume) {
    let header = NIfTIHeader(grid: volume.grid, type: volume.type)
    wordSize = volume.type.isColor ? 1 : volume.type.size
    // A sink in memory cannot fail; an empty array would fail every test that uses it.
    guard let sink = try? ByteSink(), let writer = try? NIfTIWriter(header, to: sink),
      (try? writer.write(volume)) != nil
    else {
      bytes = []
      return
    }
    bytes = sink.contents
  }

  /// The same NIfTI-1 with every number's bytes reversed.
  var bigEndian: [UInt8] {
    var out = bytes
    func reverse(_ offset: Int, _ size: Int, _ count: Int) {
      for item in 0..<count { out[(offset + item * size)..<(offset + (item + 1) * size)].reverse() }
    }
    reverse(0, 4, 1)  // sizeof_hdr
    reverse(40, 2, 8)  // dim
    reverse(56, 4, 3)  // intent_p1...p3
    reverse(68, 2, 4)  // intent_code, datatype, bitpix, slice_start
    reverse(76, 4, 11)  // pixdim, vox_offset, scl_slope, scl_inter
    reverse(120, 2, 1)  // slice_end
    reverse(124, 4, 4)  // cal_max ... toffset
    reverse(252, 2, 2)  // qform_code, sform_code
    reverse(256, 4, 18)  // quaternion, offset, srow
    reverse(352, wordSize, (bytes.count - 352) / wordSize)
    return out
  }
}

extension AnyVolume {
  /// The values as doubles; of a colour its bytes as one number.
  var converted64: [Double] {
    switch self {
    case .uint8(let v): v.voxels.map(Double.init)
    case .int8(let v): v.voxels.map(Double.init)
    case .int16(let v): v.voxels.map(Double.init)
    case .uint16(let v): v.voxels.map(Double.init)
    case .int32(let v): v.voxels.map(Double.init)
    case .uint32(let v): v.voxels.map(Double.init)
    case .float32(let v): v.voxels.map(Double.init)
    case .float64(let v): v.voxels
    case .rgb24(let v): v.voxels.map { Double($0.red) * 65536 + Double($0.green) * 256 + Double($0.blue) }
    case .rgba32(let v):
      v.voxels.map { Double($0.red) * 0x1p24 + Double($0.green) * 65536 + Double($0.blue) * 256 + Double($0.alpha) }
    }
  }
}
