import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("NRRD encodings and detached voxels")
struct NRRDEncodingTests {
  private static let type: [VoxelType: String] = [
    .uint8: "uchar", .int8: "signed char", .int16: "short", .uint16: "ushort", .int32: "int", .uint32: "uint",
    .float32: "float", .float64: "double",
  ]

  @Test("either byte order gives the same volume, as bytes or hexadecimal digits", arguments: VoxelType.numbers)
  func byteOrders(type: VoxelType) throws {
    let volume = NIfTIRoundTripTests.volume(type)
    for isBigEndian in [false, true] {
      let voxels = try ArrayBytes.voxels(volume, isBigEndian: isBigEndian)
      let digits = Array(voxels.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) + "\n" }.joined().utf8)
      for (encoding, body) in [("raw", voxels), ("hex", digits)] {
        let lines = [
          "NRRD0004", "type: \(Self.type[type] ?? "")", "dimension: 3", "sizes: 4 3 2",
          "endian: \(isBigEndian ? "big" : "little")", "encoding: \(encoding)", "",
        ]
        let back = try FormatRegistry.read(ByteSource(ArrayBytes.file(lines, body))).volume
        #expect(back.type == type)
        #expect(back.converted64 == volume.converted64)
      }
    }
  }

  @Test("numbers written as text", arguments: VoxelType.numbers)
  func text(type: VoxelType) throws {
    let volume = NIfTIRoundTripTests.volume(type)
    let integers = type == .float32 || type == .float64 ? nil : volume.converted64.map { String(Int($0)) }
    let words = integers ?? volume.converted64.map { "\($0)" }
    let lines = ["NRRD0004", "type: \(Self.type[type] ?? "")", "dimension: 3", "sizes: 4 3 2", "encoding: text", ""]
    for separator in [" ", "\n", ",\t"] {
      let body = Array(words.joined(separator: separator).utf8)
      let back = try FormatRegistry.read(ByteSource(ArrayBytes.file(lines, body))).volume
      #expect(back.converted64 == volume.converted64)
    }
    let spoilt = Array((words.dropLast() + ["x1"]).joined(separator: " ").utf8)
    let missing = Array((words.dropLast() + ["          "]).joined(separator: " ").utf8)
    for body in [spoilt, missing] {
      let error = #expect(throws: FormatError.self) {
        try FormatRegistry.read(ByteSource(ArrayBytes.file(lines, body)))
      }
      #expect(error?.code == .malformed)
    }
  }

  @Test("64-bit integers stay whole")
  func wide() throws {
    let lines = ["NRRD0004", "type: long long", "dimension: 3", "sizes: 2 1 1", "endian: big", "encoding: raw", ""]
    let small = ArrayBytes.counting(2, as: Int64.self, isBigEndian: true)
    #expect(try FormatRegistry.read(ByteSource(ArrayBytes.file(lines, small))).volume.type == .int32)
  }

  /// A folder with headers and files of voxels that count 0 to 23.
  private struct Detached {
    let folder: TemporaryDirectory
    let voxels = ArrayBytes.counting(24, as: Int16.self)

    init() throws { folder = try TemporaryDirectory() }

    /// Writes the voxels in equal parts, with bytes before and behind each.
    func write(_ names: [String], before: String = "", behind: String = "") throws {
      let size = voxels.count / names.count
      for (index, name) in names.enumerated() {
        let part = voxels[index * size..<(index + 1) * size]
        _ = try folder.write(Array(before.utf8) + part + Array(behind.utf8), as: name)
      }
    }

    func read(_ dataFile: [String], _ fields: [String] = [], sizes: String = "2 3 4") throws -> [Double] {
      let rank = sizes.split(separator: " ").count
      let lines = ["NRRD0004", "type: short", "dimension: \(rank)", "sizes: \(sizes)", "endian: little"]
      let encoding = fields.contains { $0.hasPrefix("encoding") } ? [] : ["encoding: raw"]
      let path = try folder.write(ArrayBytes.file(lines + encoding + fields + dataFile, []), as: "a.nhdr")
      let reader = try FormatRegistry.open(path: path)
      return try (0..<reader.header.volumes).flatMap { try reader.read(volume: $0).volume.converted64 }
    }

    func expect(_ dataFile: [String], _ fields: [String] = [], sizes: String = "2 3 4") throws {
      #expect(try read(dataFile, fields, sizes: sizes) == (0..<24).map(Double.init))
    }
  }

  @Test("one file, in another folder, with spaces in its name, or by its full path")
  func oneFile() throws {
    let detached = try Detached()
    for name in ["a.raw", "b/c.raw", "with spaces 1 2 3.raw"] {
      try detached.write([name])
      try detached.expect(["data file: \(name)"])
      try detached.expect(["datafile: \(detached.folder.path(name))"])
    }
  }

  @Test("lines and bytes before the voxels are passed over")
  func skips() throws {
    let detached = try Detached()
    try detached.write(["a.raw"], before: "one\ntwo\nxyz", behind: "tail")
    try detached.expect(["data file: a.raw"], ["line skip: 2", "byte skip: 3"])
    try detached.expect(["data file: a.raw"], ["line skip: 1", "byte skip: 7"])
    try detached.write(["a.raw"], before: "any number of bytes")
    try detached.expect(["data file: a.raw"], ["byte skip: -1"])
    #expect(throws: FormatError.self) { try detached.read(["data file: a.raw"], ["line skip: 99"]) }
    #expect(throws: FormatError.self) { try detached.read(["data file: a.raw"], ["byte skip: \(Int.max)"]) }
  }

  @Test("compressed voxels: lines are passed over before decompression, bytes behind it")
  func compressed() throws {
    let detached = try Detached()
    let sink = try ByteSink(path: detached.folder.path("body.gz"))
    try sink.write(Array("ab".utf8) + detached.voxels)
    try sink.finish()
    let gzip = try ByteSource(path: detached.folder.path("body.gz"), decompressing: false).rest(upTo: 1000, of: "it")
    _ = try detached.folder.write(Array("line\n".utf8) + gzip, as: "a.raw.gz")
    try detached.expect(["data file: a.raw.gz"], ["encoding: gzip", "line skip: 1", "byte skip: 2"])
    for size in 5..<gzip.count + 5 {
      _ = try detached.folder.write(Array((Array("line\n".utf8) + gzip).prefix(size)), as: "a.raw.gz")
      #expect(throws: FormatError.self) {
        try detached.read(["data file: a.raw.gz"], ["encoding: gzip", "line skip: 1", "byte skip: 2"])
      }
    }
  }

  @Test("lists and patterns of files")
  func severalFiles() throws {
    let detached = try Detached()
    try detached.write(["z", "y", "x", "w"], before: "##")
    try detached.expect(["data file: LIST", "z", "y", "x", "w"], ["byte skip: 2"])
    try detached.expect(["data file: LIST 2", "z", "y", "x", "w"], ["byte skip: 2"])
    try detached.write(["p001.raw", "p003.raw"])
    try detached.expect(["data file: p%03d.raw 1 3 2 3"])
    try detached.expect(["data file: p%03d.raw 1 3 2"], sizes: "2 3 2 2")
    try detached.write(["s4", "s3", "s2", "s1"])
    try detached.expect(["data file: s%d 4 1 -1"])
    try detached.write((0..<12).map { "r\($0)" })
    try detached.expect(["data file: r%d 0 11 1 1"])
  }

  static let faulty = [
    ["data file: LIST", "z", "y"], ["data file: LIST 3", "z", "y", "x"], ["data file: LIST 0", "z"],
    ["data file: LIST"],
    ["data file: LIST 9", "z"], ["data file: z%d 1 4 0"], ["data file: z%d 1 4 -1"], ["data file: z%d 1 99999999999 1"],
    ["data file: z%d 0 9223372036854775807 1"], ["data file: z%d 0 -9223372036854775807 -1"],
    ["data file: z%d \(Int.min) \(Int.max) 1"], ["data file: z%d 1 4 \(Int.min)"], ["data file: z%d 1 4 1"],
    ["data file: z%99999999999999d 1 4 1"], ["data file: z%s 1 4 1"], ["data file: missing"], ["data file: "],
    ["data file: /dev/zero"], ["data file: ."], ["data file: LIST", "/dev/zero", "z", "z", "z"],
  ]

  @Test("faulty lists, patterns and names", arguments: faulty)
  func faultyFiles(_ dataFile: [String]) throws {
    let detached = try Detached()
    try detached.write(["z"])
    #expect(throws: FormatError.self) { try detached.read(dataFile) }
  }

  @Test("a missing or short part is named")
  func named() throws {
    let detached = try Detached()
    try detached.write(["s1", "s2", "s3"])
    let missing = #expect(throws: FormatError.self) { try detached.read(["data file: s%d 1 4 1"]) }
    #expect(missing?.code == .unreadable)
    #expect(missing?.description.contains("s4") == true)
    try detached.write(["s1", "s2", "s3", "s4"])
    _ = try detached.folder.write([1, 2, 3], as: "s3")
    let short = #expect(throws: FormatError.self) { try detached.read(["data file: s%d 1 4 1"]) }
    #expect(short?.code == .malformed)
    #expect(short?.description.contains("s3") == true)
  }

  @Test("a detached header cannot be read from a pipe")
  func pipe() throws {
    let lines = ["NRRD0004", "type: uchar", "dimension: 3", "sizes: 2 2 2", "encoding: raw", "data file: a.raw"]
    let error = #expect(throws: FormatError.self) {
      try FormatRegistry.open(ByteSource(ArrayBytes.file(lines, [])))
    }
    #expect(error?.code == .unsupported)
  }
}
