import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("MetaImage headers and voxels")
struct MetaImageTests {
  /// A header of bytes that count 0, 1, 2 ..., and what it means.
  struct Example: CustomTestStringConvertible, Sendable {
    let fields: [String]
    var dimensions: SIMD3<Int> = [2, 3, 4]
    var volumes = 1
    var affine = Affine(x: [-1, 0, 0], y: [0, -2, 0], z: [0, 0, 3], t: [-5, -6, 7])
    var warnings = 0
    var testDescription: String { fields.joined(separator: "; ") }
  }

  private static let sizes: [String] = ["NDims = 3", "DimSize = 2 3 4"]
  private static let placed: [String] = sizes + ["ElementSpacing = 1 2 3", "Offset = 5 6 7"]
  private static let turned = Affine(x: [0, -1, 0], y: [2, 0, 0], z: [0, 0, 3], t: [-5, -6, 7])

  // As SimpleITK 2.5 reads them, but where a comment says otherwise.
  static let examples: [Example] = [
    Example(fields: placed),
    Example(fields: placed + ["Comment = one", "Comment = two", "AnatomicalOrientation = RAS", "Unknown = yes"]),
    Example(fields: sizes + ["ElementSize = 1 2 3", "Position : 5 6 7"]),
    Example(fields: placed + ["ElementSize = 9 9 9", "Modality = MET_MOD_CT", "CenterOfRotation = 1 2 3"]),
    // Row i of the matrix is the direction of axis i.
    Example(fields: placed + ["TransformMatrix = 0 1 0 -1 0 0 0 0 1"], affine: turned),
    Example(fields: placed + ["Rotation = 0 1 0 -1 0 0 0 0 1"], affine: turned),
    Example(fields: placed + ["Orientation = 0 1 0 -1 0 0 0 0 1"], affine: turned),
    Example(
      fields: sizes + ["ElementSpacing = 1 2 -3"],
      affine: Affine(x: [-1, 0, 0], y: [0, -2, 0], z: [0, 0, -3], t: .zero)),
    Example(fields: sizes, affine: Affine(x: [-1, 0, 0], y: [0, -1, 0], z: [0, 0, 1], t: .zero)),
    // The unit is part of the format, though ITK passes over it.
    Example(
      fields: placed + ["DistanceUnits = cm"],
      affine: Affine(x: [-10, 0, 0], y: [0, -20, 0], z: [0, 0, 30], t: [-50, -60, 70]), warnings: 1),
    Example(
      fields: ["NDims = 2", "DimSize = 4 6", "ElementSpacing = 1 2", "TransformMatrix = 0 1 -1 0", "Offset = 5 6"],
      dimensions: [4, 6, 1], affine: Affine(x: [0, -1, 0], y: [2, 0, 0], z: [0, 0, 1], t: [-5, -6, 0])),
    Example(
      fields: [
        "NDims = 4", "DimSize = 2 3 2 2", "ElementSpacing = 1 2 3 9", "Offset = 5 6 7 8",
        "TransformMatrix = 1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1",
      ],
      dimensions: [2, 3, 2], volumes: 2),
    Example(
      fields: [
        "NDims = 3", "DimSize = 2 3 2", "ElementNumberOfChannels = 2", "ElementSpacing = 1 2 3",
        "Offset = 5 6 7",
      ],
      dimensions: [2, 3, 2], volumes: 2),
  ]

  @Test("fields place the voxels", arguments: examples, [false, true])
  func fields(_ example: Example, isCRLF: Bool) throws {
    let lines = ["ObjectType = Image"] + example.fields + ["ElementType = MET_UCHAR", "ElementDataFile = LOCAL"]
    let reader = try FormatRegistry.open(
      ByteSource(ArrayBytes.file(lines, ArrayBytes.counting(24, as: UInt8.self), lineEnd: isCRLF ? "\r\n" : "\n")))
    let header = reader.header
    #expect(header.grid.dimensions == example.dimensions)
    #expect(header.volumes == example.volumes)
    #expect(header.grid.affine.isClose(to: example.affine, tolerance: 1e-9), "\(header.grid.affine)")
    #expect(header.warnings.count == example.warnings, "\(header.warnings)")
    let values = try (0..<header.volumes).flatMap { try reader.read(volume: $0).volume.converted64 }
    #expect(values.sorted() == (0..<24).map(Double.init))
  }

  static let types: [(name: String, size: Int, type: String)] = [
    ("MET_CHAR", 1, "int8"), ("MET_UCHAR", 1, "uint8"), ("MET_SHORT", 2, "int16"), ("MET_USHORT", 2, "uint16"),
    ("MET_INT", 4, "int32"), ("MET_UINT", 4, "uint32"), ("MET_LONG", 4, "int32"), ("MET_ULONG", 4, "uint32"),
    ("MET_LONG_LONG", 8, "int64"), ("MET_ULONG_LONG", 8, "uint64"), ("MET_FLOAT", 4, "float32"),
    ("MET_DOUBLE", 8, "float64"), ("MET_SHORT_ARRAY", 2, "int16"),
  ]

  @Test("every type is known", arguments: types)
  func everyType(_ example: (name: String, size: Int, type: String)) throws {
    let lines = ["NDims = 3", "DimSize = 2 2 2", "ElementType = \(example.name)", "ElementDataFile = LOCAL"]
    let zeros = [UInt8](repeating: 0, count: 8 * example.size)
    #expect(try FormatRegistry.open(ByteSource(ArrayBytes.file(lines, zeros))).header.type == example.type)
    #expect(throws: FormatError.self) {
      try FormatRegistry.open(ByteSource(ArrayBytes.file(lines, zeros.dropLast())))
    }
  }

  private static let type: [VoxelType: String] = [
    .uint8: "UCHAR", .int8: "CHAR", .int16: "SHORT", .uint16: "USHORT", .int32: "INT", .uint32: "UINT",
    .float32: "FLOAT", .float64: "DOUBLE",
  ]

  @Test("either byte order gives the same volume, and so do numbers written as text", arguments: VoxelType.numbers)
  func encodings(type: VoxelType) throws {
    let volume = NIfTIRoundTripTests.volume(type)
    let isFloat = type == .float32 || type == .float64
    let words = volume.converted64.map { isFloat ? "\($0)" : "\(Int($0))" }
    let cases: [(String, [UInt8])] = [
      ("BinaryDataByteOrderMSB = False", try ArrayBytes.voxels(volume, isBigEndian: false)),
      ("BinaryDataByteOrderMSB = True", try ArrayBytes.voxels(volume, isBigEndian: true)),
      ("ElementByteOrderMSB = True", try ArrayBytes.voxels(volume, isBigEndian: true)),
      ("BinaryData = False", Array(words.joined(separator: " ").utf8)),
    ]
    for (field, body) in cases {
      let lines = [
        "ObjectType = Image", "NDims = 3", field, "DimSize = 4 3 2",
        "ElementType = MET_\(Self.type[type] ?? "")", "ElementDataFile = LOCAL",
      ]
      let back = try FormatRegistry.read(ByteSource(ArrayBytes.file(lines, body))).volume
      #expect(back.type == type)
      #expect(back.converted64 == volume.converted64)
    }
  }

  @Test("slope and offset of the values apply; the modality is told")
  func scaling() throws {
    let lines = [
      "NDims = 3", "DimSize = 2 1 1", "ElementToIntensityFunctionSlope = 2", "Modality = MET_MOD_MR",
      "ElementToIntensityFunctionOffset = -1", "ElementType = MET_UCHAR", "ElementDataFile = LOCAL",
    ]
    let image = try FormatRegistry.read(ByteSource(ArrayBytes.file(lines, [0, 10])))
    #expect(image.volume.type == .float32)
    #expect(image.volume.converted64 == [-1, 19])
    #expect(image.modality == "MR")
  }

  @Test("colours are three or four channels of bytes")
  func colors() throws {
    func volume(_ channels: Int, _ type: String) throws -> AnyVolume {
      let lines = [
        "NDims = 3", "DimSize = 2 1 1", "ElementNumberOfChannels = \(channels)", "ElementType = \(type)",
        "ElementDataFile = LOCAL",
      ]
      let bytes = ArrayBytes.file(lines, ArrayBytes.counting(2 * channels, as: UInt8.self))
      return try FormatRegistry.open(ByteSource(bytes)).read(volume: 0).volume
    }
    guard case .rgb24(let colors) = try volume(3, "MET_UCHAR_ARRAY"),
      case .rgba32(let clear) = try volume(4, "MET_UCHAR"), case .int8(let channel) = try volume(3, "MET_CHAR")
    else {
      Issue.record("expected colours, colours with opacity, numbers")
      return
    }
    #expect(colors.voxels == [RGB(0, 1, 2), RGB(3, 4, 5)])
    #expect(clear.voxels == [RGBA(0, 1, 2, 3), RGBA(4, 5, 6, 7)])
    #expect(channel.voxels == [0, 3])
  }

  @Test("voxels elsewhere: by name, list, pattern, behind a header of their own")
  func detached() throws {
    let folder = try TemporaryDirectory()
    let voxels = ArrayBytes.counting(24, as: Int16.self)
    for slice in 0..<4 {
      _ = try folder.write(Array("##".utf8) + voxels[slice * 12..<slice * 12 + 12], as: "s\(slice).raw")
    }
    _ = try folder.write(Array("any header".utf8) + voxels, as: "all in one.raw")
    func values(_ dataFile: [String], _ fields: [String]) throws -> [Double] {
      let lines = ["ObjectType = Image", "NDims = 3", "DimSize = 2 3 4", "ElementType = MET_SHORT"] + fields + dataFile
      return try FormatRegistry.read(path: folder.write(ArrayBytes.file(lines, []), as: "a.mhd")).volume.converted64
    }
    let expected = (0..<24).map(Double.init)
    #expect(try values(["ElementDataFile = all in one.raw"], ["HeaderSize = 10"]) == expected)
    #expect(try values(["ElementDataFile = all in one.raw"], ["HeaderSize = -1"]) == expected)
    let names = (0..<4).map { "s\($0).raw" }
    #expect(try values(["ElementDataFile = LIST"] + names, ["HeaderSize = 2"]) == expected)
    #expect(try values(["ElementDataFile = LIST 2D"] + names, ["HeaderSize = -1"]) == expected)
    #expect(try values(["ElementDataFile = s%d.raw 0 3 1"], ["HeaderSize = 2"]) == expected)
    for faulty in [
      ["ElementDataFile = s%d.raw 0 3 2"], ["ElementDataFile = s%d.raw 0 \(Int.max) 1"],
      ["ElementDataFile = LIST"] + names.dropLast(),
      ["ElementDataFile = /dev/zero"], ["ElementDataFile = missing"], ["ElementDataFile ="],
    ] {
      #expect(throws: FormatError.self) { try values(faulty, ["HeaderSize = 2"]) }
    }
  }

  @Test("a local header size counts from the start of the file")
  func localHeaderSize() throws {
    func value(_ size: Int) throws -> Double? {
      let lines = [
        "NDims = 3", "DimSize = 1 1 1", "HeaderSize = \(size)", "ElementType = MET_UCHAR",
        "ElementDataFile = LOCAL",
      ]
      let bytes = ArrayBytes.file(lines, ArrayBytes.counting(50, as: UInt8.self))
      return try FormatRegistry.read(ByteSource(bytes)).volume.converted64.first
    }
    let length = ArrayBytes.file(
      ["NDims = 3", "DimSize = 1 1 1", "HeaderSize = 100", "ElementType = MET_UCHAR", "ElementDataFile = LOCAL"], []
    ).count
    #expect(try value(100) == Double(100 - length))
    #expect(try value(-1) == 49)
    #expect(throws: FormatError.self) { try value(10) }
    #expect(throws: FormatError.self) { try value(1000) }
  }

  static let faults: [(line: String, code: FormatError.Code)] = [
    ("NDims = 5", .unsupported), ("NDims = x", .malformed), ("DimSize = 2 2", .malformed),
    ("DimSize = 2 2 -2", .malformed), ("DimSize = 4000000000 4000000000 4000000000", .malformed),
    ("DimSize = 2 2 3", .malformed), ("ElementType = MET_STRING", .unsupported), ("ElementType = SHORT", .malformed),
    ("ElementSpacing = 1 2 0", .malformed), ("ElementSpacing = 1 2 nan", .malformed),
    ("TransformMatrix = 1 0 0 0 1 0 0 1 0", .malformed), ("ElementNumberOfChannels = 0", .malformed),
    ("ElementNumberOfChannels = \(Int.max)", .malformed), ("CompressedData = perhaps", .malformed),
    ("CompressedData = True", .malformed), ("ObjectType = Tube", .unsupported), ("no field at all", .malformed),
  ]

  @Test("a faulty field is named", arguments: faults)
  func fault(_ example: (line: String, code: FormatError.Code)) throws {
    var lines = [
      "ObjectType = Image", "NDims = 3", "DimSize = 2 2 2", "ElementType = MET_UCHAR", "ElementDataFile = LOCAL",
    ]
    let name = example.line.prefix { $0 != "=" }
    lines.removeAll { $0.hasPrefix(name) }
    lines.insert(example.line, at: lines.first == "NDims = 3" ? 0 : 1)
    let bytes = ArrayBytes.file(lines, ArrayBytes.counting(8, as: UInt8.self))
    let error = #expect(throws: FormatError.self) { try FormatRegistry.read(ByteSource(bytes)) }
    #expect(error?.code == example.code, "\(error.map { "\($0)" } ?? "")")
  }
}
