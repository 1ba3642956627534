import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("encodings of DICOM files")
struct DICOMEncodingTests {
  typealias Element = DICOMEncoder.Element

  private func read(_ bytes: [UInt8], _ options: DICOMLoadOptions = DICOMLoadOptions()) throws -> AnyVolume {
    let scratch = try TemporaryDirectory()
    let list = try DICOMSeries.discover(in: [try scratch.write(bytes, as: "image.dcm")])
    return try #require(list.count == 1 ? list[0] : nil).load(options).volume
  }

  private func refusal(of bytes: [UInt8]) -> FormatError? {
    #expect(throws: FormatError.self) { try read(bytes) }
  }

  /// A slice whose header holds what parsers stumble over.
  private func slice() -> [DICOMTag: Element] {
    var image = DICOMEncoder.image(columns: 4, rows: 3)
    let code: [DICOMTag: Element] = [DICOMTag(0x0008, 0x0100): Element("SH", .text("T-D4000"))]
    image[DICOMTag(0x0008, 0x2218)] = Element("SQ", .items([code, code, [:]]))
    image[DICOMTag(0x0029, 0x0010)] = Element("LO", .text("PRIVATE"))
    // Looks like an item, and is none.
    image[DICOMTag(0x0029, 0x1001)] = Element("UN", .bytes([0xFE, 0xFF, 0, 0xE0, 0xFF, 0xFF, 0, 0, 1, 2]))
    image[.pixelData] = Element("OW", .words((0..<12).map { 1000 * $0 }))
    return image
  }

  @Test("a slice in every layout of elements", arguments: DICOMEncoder.Layout.allCases)
  func layouts(_ layout: DICOMEncoder.Layout) throws {
    let uid = [DICOMEncoder.Layout.implicitLittle: "1.2.840.10008.1.2", .explicitBig: "1.2.840.10008.1.2.2"][layout]
    let volume = try read(DICOMEncoder.file(slice(), as: uid ?? "1.2.840.10008.1.2.1", layout))
    #expect(volume.float.voxels == (0..<12).map { Float(1000 * $0) })
    #expect(volume.grid.spacing == [0.5, 2, 5] && volume.grid.affine.t == [-1, -2, 3])
    // Without preamble and meta information.
    #expect(try read(DICOMEncoder.dataSet(slice(), layout)).float.voxels == volume.float.voxels)
    // With meta information that does not name the transfer syntax.
    let meta: [DICOMTag: Element] = [.mediaStorageSOPClassUID: Element("UI", .text("1.2.840.10008.5.1.4.1.1.2"))]
    let unnamed = DICOMEncoder.dataSet(meta, .explicitLittle) + DICOMEncoder.dataSet(slice(), layout)
    #expect(
      try read([UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + unnamed).float.voxels == volume.float.voxels)
  }

  @Test("8-bit pixels in big-endian words are swapped back")
  func bigEndianBytes() throws {
    var image = DICOMEncoder.image(columns: 3, rows: 3, bits: 8)
    image[.pixelData] = Element("OW", .bytes([2, 1, 4, 3, 6, 5, 8, 7, 0, 9]))
    let volume = try read(DICOMEncoder.file(image, as: "1.2.840.10008.1.2.2", .explicitBig))
    guard case .uint8(let bytes) = volume else {
      Issue.record("expected UInt8, found \(volume)")
      return
    }
    #expect(bytes.voxels == Array(1...9))
  }

  /// Frames of a multi-frame image, each rising by one.
  private func frame(_ index: Int) -> [UInt16] { (0..<12).map { UInt16(100 * index + $0) } }

  private func multiFrame(_ fragments: [[UInt8]], extended: [UInt64]? = nil) -> [UInt8] {
    var image = DICOMEncoder.image(columns: 4, rows: 3, frames: 3)
    image[DICOMTag(0x7FE0, 0x0001)] = extended.map { offsets in
      Element("UN", .bytes(offsets.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }))
    }
    image[.pixelData] = Element("OB", .fragments(fragments))
    return DICOMEncoder.file(image, as: "1.2.840.10008.1.2.5")
  }

  @Test("frames are told apart by fragments and by tables of offsets")
  func fragments() throws {
    let frames = (0..<3).map { DICOMEncoder.runLengthEncoded(frame($0)) }
    let expected = (0..<3).flatMap(frame).map(Float.init)
    #expect(try read(multiFrame([[]] + frames)).float.voxels == expected)

    // The second frame in two parts.
    let parts = [frames[0], Array(frames[1][..<40]), Array(frames[1][40...]), frames[2]]
    let offsets = [0, 8 + frames[0].count, 24 + frames[0].count + frames[1].count]
    let table = offsets.flatMap { withUnsafeBytes(of: UInt32($0).littleEndian, Array.init) }
    #expect(try read(multiFrame([table] + parts)).float.voxels == expected)
    #expect(try read(multiFrame([[]] + parts, extended: offsets.map(UInt64.init))).float.voxels == expected)

    let untold = refusal(of: multiFrame([[]] + parts))
    #expect(untold?.message.contains("4 fragments") == true, "\(untold as Any)")
    let lost = table[..<8] + [0xFF, 0xFF, 0xFF, 0x7F]
    #expect(refusal(of: multiFrame([Array(lost)] + parts)) != nil)
    #expect(refusal(of: multiFrame([[], frames[0]])) != nil)
    #expect(refusal(of: multiFrame([])) != nil)
  }

  private func compressed(_ stream: [UInt8], as uid: String, side: Int, bits: Int, isSigned: Bool = false) -> [UInt8] {
    var image = DICOMEncoder.image(columns: side, rows: side, bits: bits)
    image[.pixelRepresentation] = Element("US", .words([isSigned ? 1 : 0]))
    image[.pixelData] = Element("OB", .fragments([[], stream]))
    return DICOMEncoder.file(image, as: "1.2.840.10008.1.2.4." + uid)
  }

  @Test("streams of fewer bits than the elements say give their values", arguments: [8, 12, 16])
  func precision(bits: Int) throws {
    let jpegLS = try read(compressed(CompressedStreams.jpegLS, as: "80", side: 16, bits: bits)).float.voxels
    #expect(jpegLS == (0..<256).map { Float($0 / 16 * 12) })
    let jpeg2000 = try read(compressed(CompressedStreams.jpeg2000, as: "90", side: 32, bits: bits)).float.voxels
    #expect(jpeg2000 == (0..<1024).map { $0 < 512 ? 0 : 200 })
  }

  @Test("the sign of values is that of the elements, and a stream must not contradict it")
  func sign() throws {
    let signed = try read(compressed(CompressedStreams.signedJPEG2000, as: "90", side: 32, bits: 16, isSigned: true))
      .float.voxels
    #expect(signed == (0..<1024).map { $0 < 512 ? -3 : 500 })
    // 200 in eight bits is -56.
    let unsigned = try read(compressed(CompressedStreams.jpeg2000, as: "90", side: 32, bits: 16, isSigned: true)).float
      .voxels
    #expect(unsigned == (0..<1024).map { $0 < 512 ? 0 : -56 })
    let error = refusal(of: compressed(CompressedStreams.signedJPEG2000, as: "90", side: 32, bits: 12))
    #expect(error?.message.contains("expected unsigned values") == true, "\(error as Any)")
  }

  @Test("streams that would not fit are refused before they are decoded")
  func overflow() throws {
    let wide = refusal(of: compressed(CompressedStreams.signedJPEG2000, as: "90", side: 32, bits: 8, isSigned: true))
    #expect(wide?.message.contains("at most 8 bits per pixel, found 12") == true, "\(wide as Any)")
    let large = refusal(of: compressed(CompressedStreams.jpeg2000, as: "90", side: 31, bits: 8))
    #expect(large?.message.contains("expected 31 columns and 31 rows") == true, "\(large as Any)")
    var twoComponents = CompressedStreams.jpeg2000
    twoComponents[41] = 2
    #expect(refusal(of: compressed(twoComponents, as: "90", side: 32, bits: 8)) != nil)
    // Without a start of data the decoder would walk along marker segments beyond the end.
    var endless = CompressedStreams.jpeg2000
    let data = try #require(endless.indices.first { endless[$0...].starts(with: [0xFF, 0x93]) })
    endless[data + 1] = 0x92
    #expect(refusal(of: compressed(endless, as: "90", side: 32, bits: 8))?.code == .malformed)
    for length in [0, 2, 20, 45, 100] {
      let cut = compressed(Array(CompressedStreams.jpeg2000.prefix(length)), as: "90", side: 32, bits: 8)
      #expect(refusal(of: cut)?.code == .malformed)
    }
  }

  /// Deflate's fixed codes, whose first bits come first: a zero is 00110000; a match of 258 is 11000101, at distance 1
  /// 00000.
  private func zeros(matches: Int) -> [UInt8] {
    var (bytes, bits, count): ([UInt8], UInt64, Int) = ([], 0, 0)
    func put(_ value: UInt64, _ width: Int, _ bytes: inout [UInt8], _ bits: inout UInt64, _ count: inout Int) {
      bits |= value << UInt64(count)
      count += width
      while count >= 8 {
        bytes.append(UInt8(bits & 0xFF))
        bits >>= 8
        count -= 8
      }
    }
    put(0b011, 3, &bytes, &bits, &count)
    put(0b0000_1100, 8, &bytes, &bits, &count)  // literal 0: 00110000, first bit first
    for _ in 0..<matches { put(0b1010_0011, 13, &bytes, &bits, &count) }
    put(0, 7 + 8, &bytes, &bits, &count)
    return bytes
  }

  @Test("a deflated data set that grows without end is given up")
  func bomb() throws {
    // A private element of almost 4 GiB of zeros.
    let head =
      DICOMEncoder.dataSet(
        [DICOMTag(0x0008, 0x0016): Element("UI", .text("1.2.840.10008.5.1.4.1.1.2"))], .explicitLittle)
      + [0x09, 0, 0x10, 0x10] + Array("OB".utf8) + [0, 0, 0xF0, 0xFF, 0xFF, 0xFF]
    let (low, high) = (UInt8(head.count), UInt8(0))
    let bytes =
      DICOMEncoder.file([:], as: "1.2.840.10008.1.2.1.99") + [0, low, high, ~low, ~high] + head
      + zeros(matches: 1 << 21)
    let error = refusal(of: bytes)
    #expect(error?.code == .malformed)
    #expect(error?.message.contains("256 MiB") == true, "\(error as Any)")
  }

  @Test("pixels that deflated data of this size cannot hold are refused before they are allocated")
  func deflatedPixels() throws {
    var image = DICOMEncoder.image(columns: 60000, rows: 30000)
    image[.pixelData] = nil
    let dataSet =
      DICOMEncoder.dataSet(image, .explicitLittle) + [0xE0, 0x7F, 0x10, 0] + Array("OW".utf8)
      + [0, 0, 0x00, 0xA4, 0x93, 0xD6]
    let (low, high) = (UInt8(dataSet.count & 0xFF), UInt8(dataSet.count >> 8))
    let bytes = DICOMEncoder.file([:], as: "1.2.840.10008.1.2.1.99") + [1, low, high, ~low, ~high] + dataSet
    #expect(refusal(of: bytes)?.code == .malformed)
  }

  @Test("many slices are decoded into every orientation as copying the voxels would give it", arguments: [1, 2, 5])
  func orientations(threads: Int) throws {
    let scratch = try TemporaryDirectory()
    for index in 0..<43 {
      var slice = SyntheticSlice(at: Double(2 * index), instance: index)
      (slice.columns, slice.rows) = (37, 5)
      slice.pixels = (0..<185).map { UInt16(($0 * 43 + index) % 4096) }
      _ = try scratch.write(slice.bytes, as: "\(index).dcm")
    }
    let series = try #require(try DICOMSeries.discover(in: [scratch.folder]).first)
    let own = try series.load(threads: 1).volume
    for orientation in Orientation.all {
      let volume = try series.load(DICOMLoadOptions(threads: threads, orientation: orientation)).volume
      let expected = own.reoriented(to: orientation)
      #expect(volume.grid == expected.grid, "\(orientation)")
      #expect(volume.float.voxels == expected.float.voxels, "\(orientation)")
    }
  }
}
