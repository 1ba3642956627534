import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("DICOM files of several slices, and unusual ones")
struct DICOMFramesTests {
  /// An enhanced MR image: three frames from the top down, each with its own slope.
  private func enhanced(_ change: (DICOMBuilder) throws -> Void = { _ in }) throws -> DICOMBuilder {
    let builder = try DICOMBuilder()
    try builder.set(.sopClassUID, "UI", "1.2.840.10008.5.1.4.1.1.4.1")
    try builder.set(.sopInstanceUID, "UI", "1.2.3.4")
    try builder.set(.seriesInstanceUID, "UI", "1.2.3.1")
    try builder.set(.modality, "CS", "MR")
    try builder.set(.photometricInterpretation, "CS", "MONOCHROME2")
    try builder.set(.numberOfFrames, "IS", "3")
    for (tag, number) in [
      (DICOMTag.samplesPerPixel, 1), (.rows, 2), (.columns, 3), (.bitsAllocated, 16), (.bitsStored, 12), (.highBit, 11),
      (.pixelRepresentation, 0),
    ] { try builder.set(tag, UInt16(number)) }
    try builder.set(.pixelData, "OW", values: (0..<18).map { UInt16($0) })
    let shared = try builder.addItem(.sharedFunctionalGroupsSequence)
    try shared.addItem(DICOMTag(0x0020, 0x9116)).set(.imageOrientationPatient, "DS", "1\\0\\0\\0\\1\\0")
    try shared.addItem(DICOMTag(0x0028, 0x9110)).set(.pixelSpacing, "DS", "2\\0.5")
    for frame in 0..<3 {
      let groups = try builder.addItem(DICOMTag(0x5200, 0x9230))
      try groups.addItem(DICOMTag(0x0020, 0x9113)).set(.imagePositionPatient, "DS", "1\\2\\\(-4 * frame)")
      let values = try groups.addItem(DICOMTag(0x0028, 0x9145))
      try values.set(.rescaleSlope, "DS", "\(frame + 1)")
      try values.set(.rescaleIntercept, "DS", "-10")
    }
    try change(builder)
    return builder
  }

  private func write(_ builder: DICOMBuilder, _ scratch: TemporaryDirectory) throws -> String {
    let path = scratch.path("image.dcm")
    try builder.write(to: path)
    return path
  }

  @Test("frames of an enhanced image are slices with their own place and slope", arguments: [1, 3])
  func frames(threads: Int) throws {
    let scratch = try TemporaryDirectory()
    let list = try DICOMSeries.discover(in: [try write(enhanced(), scratch)])
    #expect(list.map(\.slices.count) == [3])
    let volume = try list[0].load(threads: threads).volume
    #expect(volume.grid.dimensions == [3, 2, 3])
    #expect(volume.grid.spacing == [0.5, 2, 4])
    #expect(volume.grid.affine.t == [-1, -2, -8])
    // The last frame lies lowest.
    let expected = (0..<18).map { index in
      let frame = 2 - index / 6
      return Float((frame * 6 + index % 6) * (frame + 1) - 10)
    }
    #expect(volume.float.voxels == expected)
    #expect("\(volume)".hasPrefix("int16"))
  }

  @Test("every orientation is decoded into as copying the voxels would give it")
  func orientations() throws {
    let scratch = try TemporaryDirectory()
    let series = try #require(try DICOMSeries.discover(in: [try write(enhanced(), scratch)]).first)
    let own = try series.load(threads: 1).volume
    for orientation in Orientation.all {
      let volume = try series.load(DICOMLoadOptions(threads: 2, orientation: orientation)).volume
      let expected = own.reoriented(to: orientation)
      #expect(volume.grid == expected.grid, "\(orientation)")
      #expect(volume.float.voxels == expected.float.voxels, "\(orientation)")
    }
  }

  @Test("a problem names the frames of a file")
  func namedFrames() throws {
    let scratch = try TemporaryDirectory()
    let builder = try enhanced { builder in
      let groups = try builder.addItem(DICOMTag(0x5200, 0x9230))
      try groups.addItem(DICOMTag(0x0020, 0x9113)).set(.imagePositionPatient, "DS", "1\\2\\-8")
      try builder.set(.numberOfFrames, "IS", "4")
      try builder.set(.pixelData, "OW", values: (0..<24).map { UInt16($0) })
    }
    let series = try #require(try DICOMSeries.discover(in: [try write(builder, scratch)]).first)
    let error = #expect(throws: FormatError.self) { try series.load() }
    let text = error?.description ?? ""
    #expect(text.contains("image.dcm (frame 3)") && text.contains("image.dcm (frame 4)"), "\(text)")
  }

  @Test("more voxels than the limit are refused before they are decoded")
  func limit() throws {
    let scratch = try TemporaryDirectory()
    let series = try #require(try DICOMSeries.discover(in: [try write(enhanced(), scratch)]).first)
    let error = #expect(throws: FormatError.self) { try series.load(DICOMLoadOptions(maxVoxels: 17)) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("--max-voxels") == true)
    #expect(try series.load(DICOMLoadOptions(maxVoxels: 18)).volume.grid.count == 18)
  }

  @Test("functional groups of fewer frames than there are, and too few pixels, are refused")
  func wrongFrames() throws {
    let scratch = try TemporaryDirectory()
    for (count, message) in [
      ("2", "functional groups of 2 frames, found 3"), ("4", "12 bytes of pixels for each of 4"),
    ] {
      let builder = try enhanced { try $0.set(.numberOfFrames, "IS", count) }
      let series = try #require(try DICOMSeries.discover(in: [try write(builder, scratch)]).first)
      let error = #expect(throws: FormatError.self) { try series.load() }
      #expect(error?.message.contains(message) == true, "\(error as Any)")
    }
  }

  @Test("an enhanced image cut off anywhere is refused")
  func truncated() throws {
    let scratch = try TemporaryDirectory()
    var whole: [UInt8] = []
    try enhanced().encoded { whole = Array($0) }
    for length in 0..<whole.count {
      let file = try scratch.write(Array(whole.prefix(length)), as: "cut.dcm")
      #expect(throws: FormatError.self, "cut off at byte \(length)") {
        for series in try DICOMSeries.discover(in: [file]) { _ = try series.load() }
      }
    }
  }

  @Test("an enhanced image with wrong bytes does not trap")
  func mutated() throws {
    let scratch = try TemporaryDirectory()
    var whole: [UInt8] = []
    try enhanced().encoded { whole = Array($0) }
    var generator = SeededGenerator(seed: 17)
    var refused = 0
    for _ in 0..<2000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let value: UInt8 = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
        bytes[Int.random(in: 132..<bytes.count, using: &generator)] = value
      }
      let file = try scratch.write(bytes, as: "mutated.dcm")
      do throws(FormatError) {
        for series in try DICOMSeries.discover(in: [file]) { _ = try series.load(DICOMLoadOptions(maxVoxels: 1 << 20)) }
      } catch {
        refused += 1
      }
    }
    #expect(refused > 0 && refused < 2000)
  }

  /// A slice with another transfer syntax and data set; the meta information is rewritten.
  private func slice(as uid: String, _ dataSet: ([UInt8]) -> [UInt8]) throws -> [UInt8] {
    var slice = SyntheticSlice(at: 0)
    slice.texts[.sliceThickness] = ("DS", "5")
    let bytes = try slice.bytes
    let meta = 144 + Int(bytes[140]) + Int(bytes[141]) << 8
    let value = Array(uid.utf8) + (uid.utf8.count % 2 == 0 ? [] : [0])
    return Array(bytes[..<132]) + [2, 0, 0x10, 0] + Array("UI".utf8) + [UInt8(value.count), 0] + value
      + dataSet(Array(bytes[meta...]))
  }

  private func values(_ bytes: [UInt8]) throws -> [Float] {
    let scratch = try TemporaryDirectory()
    let series = try #require(try DICOMSeries.discover(in: [try scratch.write(bytes, as: "image.dcm")]).first)
    return try series.load().volume.float.voxels
  }

  private let expected = (0..<12).map { Float($0 - 1024) }

  @Test("deflated data sets are inflated, and refused where they end early")
  func deflated() throws {
    // A stored block is deflate's simplest.
    func deflate(_ bytes: [UInt8]) -> [UInt8] {
      let (low, high) = (UInt8(bytes.count & 0xFF), UInt8(bytes.count >> 8))
      return [1, low, high, ~low, ~high] + bytes
    }
    let whole = try slice(as: "1.2.840.10008.1.2.1.99", deflate)
    #expect(try values(whole) == expected)
    for length in stride(from: 140, to: whole.count, by: 7) {
      #expect(throws: FormatError.self, "cut off at byte \(length)") { try values(Array(whole.prefix(length))) }
    }
  }

  @Test("a data set without meta information or preamble is recognised, other files are not")
  func bare() throws {
    var dataSet: [UInt8] = []
    _ = try slice(as: "1.2.840.10008.1.2.1") {
      dataSet = $0
      return $0
    }
    #expect(try values(dataSet) == expected)
    #expect(throws: FormatError.self) { try values([8, 0, 5, 0] + Array("anything but DICOM".utf8)) }
  }

  @Test("a compressed icon before the image is passed over")
  func icon() throws {
    let (item, itemEnd, sequenceEnd): ([UInt8], [UInt8], [UInt8]) = (
      [0xFE, 0xFF, 0x00, 0xE0], [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0], [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]
    )
    let undefined = [UInt8](repeating: 0xFF, count: 4)
    let icon: [UInt8] = [
      [0x88, 0, 0x00, 0x02, 0x53, 0x51, 0, 0], undefined, item, undefined,
      [0xE0, 0x7F, 0x10, 0, 0x4F, 0x42, 0, 0], undefined, item, [0, 0, 0, 0], item, [2, 0, 0, 0, 0xFF, 0xD8],
      sequenceEnd, itemEnd, sequenceEnd,
    ].flatMap { $0 }
    #expect(try values(slice(as: "1.2.840.10008.1.2.1") { icon + $0 }) == expected)
  }

  @Test("a preamble that begins as NIfTI does is one of DICOM")
  func preamble() throws {
    let scratch = try TemporaryDirectory()
    let whole = try SyntheticSlice(at: 0).bytes
    let file = try scratch.write([0x5C, 1, 0, 0] + whole.dropFirst(4), as: "image.dcm")
    #expect(try !FormatRegistry.recognizes(path: file))
  }

  @Test("bytes behind the pixels do not matter")
  func trailing() throws {
    #expect(try values(slice(as: "1.2.840.10008.1.2.1") { $0 + [UInt8](repeating: 0, count: 99) }) == expected)
  }
}
