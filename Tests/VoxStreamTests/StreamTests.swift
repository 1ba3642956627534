import Testing
import VoxFormats
import VoxGrid
import VoxStream
import _VoxTestSupport

@Suite("Stream")
struct StreamTests {
  private static let grid = Grid(
    dimensions: [5, 4, 3], affine: Affine(spacing: [1.5, 1.5, 3], origin: [-10, 20, -30]))

  /// Image, labels and two attributions with everything a header can say.
  private static func full() throws -> [UInt8] {
    var header = StreamHeader(channels: [
      .init(name: "image", role: .image, units: "HU"),
      .init(name: "labels", role: .labels),
      .init(name: "liver", role: .attribution, target: 1, method: "gradient"),
      .init(name: "Leberläppchen \u{1F600}", role: .attribution, target: 2, method: "gradient"),
    ])
    header.labels = LabelTable([Label(value: 1, name: "liver"), Label(value: 2, name: "Leberläppchen \u{1F600}")])
    header.model = .init(name: "net", sha256: String(repeating: "a", count: 64))
    header.matrix = [
      MatrixRow(target: 1, region: 2, mass: 0.1, mean: 1e-9, positive: 3, negative: -2, enrichment: 1.5, ciLow: 0.05)
    ]
    header.source = .init(modality: "CT")
    header.provenance = [
      ProvenanceRecord(command: "ctx2nii", version: "1", options: ["--orient RAS"], notes: ["a \"quote\""])
    ]
    let sink = try ByteSink()
    let writer = try StreamWriter(header, grid: grid, to: sink)
    try writer.write(Volume<Float>(grid: grid, voxels: (0..<60).map { Float($0) - 1000.5 }))
    try writer.write(LabelMap(grid: grid, voxels: (0..<60).map { Int32($0 % 3) }))
    try writer.write(Volume<Float>(grid: grid, voxels: (0..<60).map { 1 / Float($0 + 1) }))
    try writer.write(Volume<Float>(grid: grid, repeating: -0.25))
    try writer.finish()
    return sink.contents
  }

  @Test("everything comes back as it went in")
  func roundTrip() throws {
    let bytes = try Self.full()
    let reader = try StreamReader(ByteSource(bytes))
    #expect(reader.grid.isClose(to: Self.grid, tolerance: 1e-6))
    #expect(!reader.isPlain)
    #expect(reader.header.channels.map(\.role) == [.image, .labels, .attribution, .attribution])
    #expect(reader.header.channels[3].name == "Leberläppchen \u{1F600}")
    #expect(reader.header.labels.name(2) == "Leberläppchen \u{1F600}")
    #expect(reader.header.matrix?.first?.ciLow == 0.05)
    #expect(reader.header.matrix?.first?.ciHigh == nil)
    #expect(reader.header.provenance.first?.notes == ["a \"quote\""])
    let image = try #require(try reader.next())
    #expect(image.volume.float.voxels == (0..<60).map { Float($0) - 1000.5 })
    #expect(throws: FormatError.self) { try image.labels() }
    let labels = try #require(try reader.next()).labels()
    #expect(labels.voxels == (0..<60).map { Int32($0 % 3) })
    try reader.skip()
    let last = try #require(try reader.next())
    #expect(last.description.target == 2)
    #expect(last.volume.float.voxels.allSatisfy { $0 == -0.25 })
    #expect(try reader.next() == nil)
  }

  @Test("the extension is ASCII, padded with spaces to 16 bytes, and the voxels follow it at once")
  func layout() throws {
    let bytes = try Self.full()
    let reader = try NIfTIReader(ByteSource(bytes))
    #expect(reader.header.volumes == 4)
    #expect(reader.header.datatype == .float32)
    let item = try #require(reader.header.extensions.first)
    #expect(item.code == 6)
    #expect(item.bytes.allSatisfy { (0x20..<0x7f).contains($0) })
    #expect((item.bytes.count + 8).isMultiple(of: 16))
    #expect(reader.header.voxelOffset == 352 + 8 + item.bytes.count)
    #expect(bytes.count == reader.header.voxelOffset + 4 * 60 * 4)
  }

  @Test("an image alone keeps its type", arguments: [VoxelType.int16, .uint8, .uint16, .float32])
  func imageType(type: VoxelType) throws {
    let volume = try AnyVolume.uint8(Volume(grid: Self.grid, voxels: (0..<60).map { UInt8($0) })).converted(to: type)
    let sink = try ByteSink()
    let writer = try StreamWriter(
      StreamHeader(channels: [.init(name: "image", role: .image)]), grid: Self.grid, type: type, to: sink)
    try writer.write(volume)
    try writer.finish()
    let back = try #require(try StreamReader(ByteSource(sink.contents)).next())
    #expect(back.volume.type == type)
    #expect(back.volume.labels?.voxels == (0..<60).map { Int32($0) })
  }

  @Test("labels that are no exact floats are refused")
  func largeLabels() throws {
    let writer = try StreamWriter(
      StreamHeader(channels: [.init(name: "labels", role: .labels)]), grid: Self.grid, to: ByteSink())
    #expect(throws: FormatError.self) { try writer.write(LabelMap(grid: Self.grid, repeating: (1 << 24) + 1)) }
  }

  @Test("a plain NIfTI of one or two volumes is an image, or an image and labels", arguments: [1, 2])
  func plain(volumes: Int) throws {
    let sink = try ByteSink()
    let writer = try NIfTIWriter(NIfTIHeader(grid: Self.grid, volumes: volumes, type: .int16), to: sink)
    for value in 0..<volumes { try writer.write(.int16(Volume(grid: Self.grid, repeating: Int16(value)))) }
    try writer.finish()
    let reader = try StreamReader(ByteSource(sink.contents))
    #expect(reader.isPlain)
    #expect(reader.header.channels.map(\.role) == Array([.image, .labels].prefix(volumes)))
  }

  @Test("a negative label is refused, with its value and voxel")
  func negativeLabel() throws {
    var labels = Volume<Float>(grid: Self.grid, repeating: 0)
    labels[4, 2, 1] = -7
    let sink = try ByteSink()
    let writer = try NIfTIWriter(NIfTIHeader(grid: Self.grid, volumes: 2, type: .float32), to: sink)
    try writer.write(.float32(Volume(grid: Self.grid, repeating: 1)))
    try writer.write(.float32(labels))
    try writer.finish()
    let reader = try StreamReader(ByteSource(sink.contents, name: "pair.nii"))
    try reader.skip()
    let channel = try #require(try reader.next())
    let error = try #require(#expect(throws: FormatError.self) { try channel.labels() })
    #expect(error.code == .malformed)
    #expect(error.description.contains("pair.nii"))
    #expect(error.description.contains("found -7 at voxel 4,2,1"), "\(error)")
  }

  @Test("a plain NIfTI of three volumes says what is expected")
  func plainThree() throws {
    let header = NIfTIHeader(grid: Self.grid, volumes: 3, type: .int16)
    let error = #expect(throws: FormatError.self) {
      try StreamReader(ByteSource(header.encoded + [UInt8](repeating: 0, count: 60 * 3 * 2)))
    }
    #expect(try #require(error).code == .unsupported)
  }

  @Test("other comments are passed over")
  func otherComments() throws {
    for text in ["just words", "{\"not\": \"ours\"}", "{broken"] {
      let comment = NIfTIExtension(code: 6, bytes: Array(text.utf8))
      let header = NIfTIHeader(grid: Self.grid, type: .uint8, extensions: [comment])
      #expect(try StreamReader(ByteSource(header.encoded + [UInt8](repeating: 0, count: 60))).isPlain)
    }
  }

  @Test(
    "a header that is not as specified is an error",
    arguments: [
      ("{\"voxplain\":2}", FormatError.Code.unsupported),
      ("{\"voxplain\":1}", .malformed),
      ("{\"voxplain\":1,\"channels\":[],\"labels\":[],\"provenance\":[]}", .malformed),
      ("{\"voxplain\":1,\"channels\":[{\"name\":\"a\",\"role\":\"b\"}],\"labels\":[],\"provenance\":[]}", .malformed),
    ])
  func badHeaders(text: String, code: FormatError.Code) throws {
    let comment = NIfTIExtension(code: 6, bytes: Array(text.utf8))
    let header = NIfTIHeader(grid: Self.grid, type: .uint8, extensions: [comment])
    let error = #expect(throws: FormatError.self) {
      try StreamReader(ByteSource(header.encoded + [UInt8](repeating: 0, count: 60)))
    }
    #expect(try #require(error).code == code)
  }

  /// Reads a stream to its end.
  private func drain(_ bytes: [UInt8]) throws {
    let reader = try StreamReader(ByteSource(bytes))
    while try reader.next() != nil {}
  }

  @Test("a stream cut anywhere is an error")
  func truncation() throws {
    let bytes = try Self.full()
    try drain(bytes)
    for length in 0..<bytes.count {
      #expect(throws: FormatError.self, "cut at \(length)") { try drain(Array(bytes[..<length])) }
    }
  }

  @Test("a cut stream from a pipe names the bytes expected and found")
  func truncatedPipe() throws {
    let bytes = try Self.full()
    let folder = try TemporaryDirectory()
    let path = try folder.write(Array(bytes[..<(bytes.count - 100)]), as: "cut.nii")
    let descriptor = try Pipe.of(path)
    let reader = try StreamReader(ByteSource(descriptor: descriptor.read, name: "standard input"))
    let error = #expect(throws: FormatError.self) { while try reader.next() != nil {} }
    let text = try #require(error).description
    #expect(try #require(error).code == .malformed)
    #expect(text.contains("standard input"))
    #expect(text.contains("up to byte \(bytes.count)"))
    #expect(text.contains("end at byte \(bytes.count - 100)"))
  }

  @Test("flipped bits give channels or an error, never a crash", arguments: 0..<4 as Range<UInt64>)
  func bitFlips(seed: UInt64) throws {
    let original = try Self.full()
    let end = try NIfTIReader(ByteSource(original)).header.voxelOffset
    var generator = SeededGenerator(seed: seed)
    var errors = 0
    for _ in 0..<2000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: 0..<end, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      }
      do { try drain(bytes) } catch { errors += 1 }
    }
    #expect(errors > 100)
  }
}
