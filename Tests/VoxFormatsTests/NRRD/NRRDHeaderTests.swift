import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("NRRD headers")
struct NRRDHeaderTests {
  /// A header of bytes that count 0, 1, 2 ..., and what it means.
  struct Example: CustomTestStringConvertible, Sendable {
    let fields: [String]
    var dimensions: SIMD3<Int> = [2, 3, 4]
    var volumes = 1
    var affine = Affine(x: [-1, 0, 0], y: [0, -2, 0], z: [0, 0, 3], t: [-10, -20, 30])
    var warnings = 0
    var testDescription: String { fields.joined(separator: "; ") }
  }

  private static let sizes: [String] = ["dimension: 3", "sizes: 2 3 4"]
  private static let placed: [String] =
    sizes + ["space directions: (1,0,0) (0,2,0) (0,0,3)", "space origin: (10,20,30)"]
  private static let plain = Affine(x: [-1, 0, 0], y: [0, -2, 0], z: [0, 0, 3], t: .zero)
  private static let unplaced = Affine(x: [-1, 0, 0], y: [0, -1, 0], z: [0, 0, 1], t: .zero)

  // Positions as SimpleITK 2.5 gives them, but where a comment says otherwise.
  static let examples: [Example] = [
    Example(fields: placed + ["space: left-posterior-superior"]),
    Example(fields: placed + ["Space: LPS", "# a comment: no field", "content: a:b", "sampleunits: HU"]),
    Example(
      fields: placed + ["space: RAS"], affine: Affine(x: [1, 0, 0], y: [0, 2, 0], z: [0, 0, 3], t: [10, 20, 30])),
    Example(
      fields: placed + ["space: left-anterior-superior"],
      affine: Affine(x: [-1, 0, 0], y: [0, 2, 0], z: [0, 0, 3], t: [-10, 20, 30])),
    Example(fields: placed + ["space: scanner-xyz"], warnings: 1),
    Example(fields: placed + ["space: 3D-right-handed"], warnings: 1),
    Example(fields: placed + ["space dimension: 3"], warnings: 1),
    Example(
      fields: sizes + ["space: LPS", "spacedirections: ( 1, 0 ,0) (0,2,0)(0,0,3)", "spaceorigin: (1e1,2.0e+1,30)"]),
    Example(
      fields: sizes + [
        "space: LPS-time", "space directions: (1,0,0,0) (0,2,0,0) (0,0,3,0)",
        "space origin: (10,20,30,5)",
      ]),
    // The unit is part of the format, though ITK passes over it.
    Example(
      fields: placed + ["space: LPS", "space units: \"cm\" \"cm\" \"cm\""],
      affine: Affine(x: [-10, 0, 0], y: [0, -20, 0], z: [0, 0, 30], t: [-100, -200, 300]), warnings: 1),
    Example(
      fields: placed + [
        "space: LPS", "space units: \"mm\" \"mm\" \"mm\"",
        "measurement frame: (1,0,0) (0,1,0) (0,0,1)",
      ]),
    Example(fields: sizes + ["spacings: 1 2 3"], affine: plain, warnings: 1),
    Example(
      fields: sizes + ["spacings: 1 2 3", "axis mins: 10 20 30"],
      affine: Affine(x: [-1, 0, 0], y: [0, -2, 0], z: [0, 0, 3], t: [-10.5, -21, 31.5]), warnings: 1),
    Example(
      fields: sizes + ["spacings: 1 2 3", "axismins: 10 20 30", "centerings: node node node"], warnings: 1),
    // Extents on both ends give the spacing, though ITK passes over them.
    Example(fields: sizes + ["axis mins: 10 20 30", "axis maxs: 11 24 39", "centers: node node node"], warnings: 1),
    Example(fields: sizes + ["spacings: 1 2 nan", "thicknesses: NaN NaN 3"], affine: plain, warnings: 2),
    Example(fields: sizes, affine: unplaced, warnings: 4),
    Example(
      fields: [
        "dimension: 2", "sizes: 4 6", "space: LPS", "space directions: (0,0,2) (0,3,0)",
        "space origin: (10,20,30)",
      ],
      dimensions: [4, 6, 1], affine: Affine(x: [0, 0, 2], y: [0, -3, 0], z: [1, 0, 0], t: [-10, -20, 30])),
    Example(
      fields: [
        "dimension: 2", "sizes: 4 6", "space dimension: 2", "space directions: (1,0) (0,2)",
        "space origin: (10,20)",
      ],
      dimensions: [4, 6, 1], affine: Affine(x: [-1, 0, 0], y: [0, -2, 0], z: [0, 0, 1], t: [-10, -20, 0]), warnings: 1),
    Example(
      fields: [
        "dimension: 4", "sizes: 2 3 2 2", "space: LPS", "kinds: domain domain domain list",
        "space directions: (1,0,0) (0,2,0) (0,0,3) none", "space origin: (10,20,30)",
      ],
      dimensions: [2, 3, 2], volumes: 2),
    Example(
      fields: [
        "dimension: 4", "sizes: 2 3 2 2", "space: LPS", "kinds: list space space space",
        "space directions: (nan,nan,nan) (1,0,0) (0,2,0) (0,0,3)", "space origin: (10,20,30)",
      ],
      dimensions: [3, 2, 2], volumes: 2),
    Example(
      fields: [
        "dimension: 4", "sizes: 2 3 2 2", "space dimension: 4",
        "space directions: (1,0,0,0) (0,2,0,0) (0,0,3,0) (0,0,0,5)", "space origin: (10,20,30,0)",
      ],
      dimensions: [2, 3, 2], volumes: 2, warnings: 1),
    Example(
      fields: ["dimension: 4", "sizes: 2 3 2 2"], dimensions: [2, 3, 2], volumes: 2, affine: unplaced, warnings: 4),
    Example(
      fields: ["dimension: 4", "sizes: 2 3 2 2", "kinds: domain time domain domain"], dimensions: [2, 2, 2], volumes: 3,
      affine: unplaced, warnings: 4),
  ]

  @Test("fields place the voxels", arguments: examples, [false, true])
  func fields(_ example: Example, isCRLF: Bool) throws {
    let lines = ["NRRD0005", "type: uint8", "encoding: raw"] + example.fields + [""]
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

  static let types: [(String, Int, String)] = [
    ("signed char", 1, "int8"), ("int8_t", 1, "int8"), ("uchar", 1, "uint8"), ("unsigned char", 1, "uint8"),
    ("short", 2, "int16"), ("signed short int", 2, "int16"), ("ushort", 2, "uint16"), ("uint16_t", 2, "uint16"),
    ("int", 4, "int32"), ("signed int", 4, "int32"), ("unsigned int", 4, "uint32"), ("uint32", 4, "uint32"),
    ("long long", 8, "int64"), ("longlong", 8, "int64"), ("signed long long int", 8, "int64"),
    ("unsigned long long int", 8, "uint64"), ("ulonglong", 8, "uint64"), ("float", 4, "float32"),
    ("double", 8, "float64"),
  ]

  @Test("every spelling of a type is known", arguments: types)
  func everyType(_ example: (name: String, size: Int, type: String)) throws {
    let lines = [
      "NRRD0001", "type: \(example.name)", "dimension: 3", "sizes: 2 2 2", "encoding: raw",
      "endian: little", "",
    ]
    let zeros = [UInt8](repeating: 0, count: 8 * example.size)
    #expect(try FormatRegistry.open(ByteSource(ArrayBytes.file(lines, zeros))).header.type == example.type)
    #expect(throws: FormatError.self) {
      try FormatRegistry.open(ByteSource(ArrayBytes.file(lines, zeros.dropLast())))
    }
  }

  @Test("interleaved volumes and colours come apart, wherever their axis lies")
  func interleaved() throws {
    func values(_ sizes: String, _ kinds: String, count: Int) throws -> [AnyVolume] {
      let lines = [
        "NRRD0004", "type: uchar", "dimension: 4", "sizes: \(sizes)", "kinds: \(kinds)", "encoding: raw", "",
      ]
      let reader = try FormatRegistry.open(
        ByteSource(ArrayBytes.file(lines, ArrayBytes.counting(count, as: UInt8.self))))
      return try (0..<reader.header.volumes).map { try reader.read(volume: $0).volume }
    }
    let first = try values("2 2 2 2", "list domain domain domain", count: 16).map(\.converted64)
    #expect(first == [[0, 2, 4, 6, 8, 10, 12, 14], [1, 3, 5, 7, 9, 11, 13, 15]])
    let middle = try values("2 2 2 2", "domain list domain domain", count: 16).map(\.converted64)
    #expect(middle == [[0, 1, 4, 5, 8, 9, 12, 13], [2, 3, 6, 7, 10, 11, 14, 15]])
    guard case .rgb24(let colors)? = try values("3 2 1 1", "RGB-color domain domain domain", count: 6).first,
      case .rgb24(let planes)? = try values("2 1 1 3", "domain domain domain 3-color", count: 6).first,
      case .rgba32(let clear)? = try values("4 2 1 1", "RGBA-color domain domain domain", count: 8).first
    else {
      Issue.record("expected colours")
      return
    }
    #expect(colors.voxels == [RGB(0, 1, 2), RGB(3, 4, 5)])
    #expect(planes.voxels == [RGB(0, 2, 4), RGB(1, 3, 5)])
    #expect(clear.voxels == [RGBA(0, 1, 2, 3), RGBA(4, 5, 6, 7)])
  }

  @Test("a volume may be left out")
  func skipped() throws {
    for kinds in ["domain domain domain time", "time domain domain domain"] {
      let lines = [
        "NRRD0004", "type: short", "endian: big", "dimension: 4", "sizes: 2 2 2 2", "kinds: \(kinds)",
        "encoding: raw", "",
      ]
      let bytes = ArrayBytes.file(lines, ArrayBytes.counting(16, as: Int16.self, isBigEndian: true))
      let all = try FormatRegistry.open(ByteSource(bytes))
      _ = try all.read(volume: 0)
      let second = try all.read(volume: 1).volume.converted64
      #expect(try FormatRegistry.open(ByteSource(bytes)).read(volume: 1).volume.converted64 == second)
      #expect(second.count == 8 && Set(second).count == 8)
    }
  }

  static let faults: [(String, FormatError.Code, String)] = [
    ("type: block", .unsupported, "blocks"), ("type: char", .malformed, "number type"),
    ("encoding: bzip2", .unsupported, "gzip"), ("encoding: lzma", .malformed, "encoding"),
    ("sizes: 2 2", .malformed, "3 values"), ("sizes: 2 2 0", .malformed, "positive extent"),
    ("sizes: 4000000000 4000000000 4000000000", .malformed, "more voxels"), ("sizes: 2 2 9", .malformed, "bytes"),
    ("dimension: 17", .malformed, "axes"), ("space: nowhere", .malformed, "name of a space"),
    ("space directions: (1,0,0) (0,1,0) (0,2,0)", .malformed, "span space"),
    ("space directions: (1,0,0) (0,1,0)", .malformed, "3 vectors"),
    ("space directions: (1,0,0) (0,1,0) (0,0,0)", .malformed, "span space"),
    ("spacings: 1 2 0", .malformed, "span space"),
    ("space directions: none none none", .malformed, "axis in space"),
    ("space directions: (1,0,0) (0,1,0) (0,0,1", .malformed, ")"),
    ("space directions: (1,0,x) (0,1,0) (0,0,1)", .malformed, "numbers"),
    ("kinds: complex domain domain", .unsupported, "complex"), ("byte skip: -2", .unsupported, "-1"),
    ("line skip: -1", .malformed, "lines"), ("byte skip: 5", .malformed, "bytes"), ("nonsense: 1", .malformed, ":="),
    ("nonsense", .malformed, "field"), ("type: short", .malformed, "endian"), ("endian: middle", .malformed, "little"),
  ]

  @Test("a faulty field is named", arguments: faults)
  func fault(_ example: (line: String, code: FormatError.Code, message: String)) throws {
    var lines = ["NRRD0005", "type: uchar", "dimension: 3", "sizes: 2 2 2", "encoding: raw", "space: LPS", ""]
    let name = example.line.prefix { $0 != ":" } + ":"
    lines.removeAll { $0.hasPrefix(name) }
    lines.insert(example.line, at: 1)
    let bytes = ArrayBytes.file(lines, ArrayBytes.counting(8, as: UInt8.self))
    let error = #expect(throws: FormatError.self) { try FormatRegistry.open(ByteSource(bytes)) }
    #expect(error?.code == example.code, "\(error.map { "\($0)" } ?? "")")
    #expect(error?.message.contains(example.message) == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test("the smallest extent between nodes is refused")
  func smallestExtent() throws {
    let lines = [
      "NRRD0005", "type: uchar", "dimension: 3", "sizes: \(Int.min) 2 2", "encoding: raw", "centers: node node node",
      "axis mins: 0 0 0", "axis maxs: 1 1 1", "",
    ]
    let error = #expect(throws: FormatError.self) { try FormatRegistry.open(ByteSource(ArrayBytes.file(lines, []))) }
    #expect(error?.message.contains("positive extent") == true)
  }

  @Test("as many names of files as a header holds are counted")
  func manyNames() throws {
    let lines = ["NRRD0005", "type: uchar", "dimension: 3", "sizes: 2 2 2", "encoding: raw", "data file: LIST"]
    let bytes = ArrayBytes.file(lines + Array(repeating: "a", count: 500_000) + [""], [])
    let error = #expect(throws: FormatError.self) { try FormatRegistry.open(ByteSource(bytes)) }
    #expect(error?.message.contains("found 500000") == true)
  }

  @Test("a header without end, a field given twice and a later version are refused")
  func limits() throws {
    let lines = ["NRRD0005", "type: uchar", "dimension: 3", "sizes: 2 2 2", "encoding: raw"]
    for extra in [String(repeating: "# \n", count: 400_000), "#" + String(repeating: "x", count: 1 << 21)] {
      let bytes = ArrayBytes.file(lines + [extra, ""], ArrayBytes.counting(8, as: UInt8.self))
      let error = #expect(throws: FormatError.self) { try FormatRegistry.open(ByteSource(bytes)) }
      #expect(error?.message.contains("of the header") == true)
    }
    for file in [lines + ["type: uchar", ""], ["NRRD0006"] + lines.dropFirst() + [""]] {
      #expect(throws: FormatError.self) {
        try FormatRegistry.open(ByteSource(ArrayBytes.file(file, ArrayBytes.counting(8, as: UInt8.self))))
      }
    }
  }
}
