import Glibc
import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("DICOM series made for tests")
struct DICOMSeriesTests {
  /// Series in slices two millimetres apart, or where `change` puts them.
  private func series(
    _ count: Int, _ change: (Int, inout SyntheticSlice) -> Void = { _, _ in }
  ) throws -> (scratch: TemporaryDirectory, series: [DICOMSeries]) {
    let scratch = try TemporaryDirectory()
    try scratch.write(
      (0..<count).map { index in
        var slice = SyntheticSlice(at: Double(2 * index), instance: index)
        change(index, &slice)
        return slice
      })
    return (scratch, try DICOMSeries.discover(in: [scratch.folder]))
  }

  @Test("slices are ordered by position, whatever files and instance numbers say")
  func order() throws {
    let depths = [4.0, 0, 2, -2]
    let (scratch, list) = try series(4) { index, slice in
      slice.position.z = depths[index]
      slice.texts[.instanceNumber] = ("IS", String(index))
      slice.texts[DICOMTag(0x0018, 0x0088)] = ("DS", "-7")  // Spacing Between Slices
      slice.pixels[0] = UInt16(1024 + Int(depths[index]))
    }
    defer { withExtendedLifetime(scratch) {} }
    let volume = try list[0].load().volume
    #expect(volume.grid.dimensions == [4, 3, 4])
    #expect((0..<4).map { volume.float[0, 0, $0] } == [-2, 0, 2, 4])
    // Columns run to L in steps of the second value of Pixel Spacing, rows to P in steps of the first.
    let expected = Affine(x: [-0.5, 0, 0], y: [0, -2, 0], z: [0, 0, 2], t: [10, 20, -2])
    #expect(volume.grid.affine.isClose(to: expected, tolerance: 1e-12))
  }

  @Test("an oblique plane keeps every voxel where DICOM puts it")
  func oblique() throws {
    let (row, column) = (SIMD3(0.8, 0.6, 0), SIMD3(0, 0, -1.0))
    let normal = row.cross(column)
    let (scratch, list) = try series(3) { index, slice in
      slice.texts[.imageOrientationPatient] = ("DS", "0.8\\0.6\\0\\0\\0\\-1")
      slice.position = [5, 6, 7] + normal * 3 * Double(index)
    }
    defer { withExtendedLifetime(scratch) {} }
    let affine = try #require(list[0].grid).affine
    for (i, j, k) in [(0, 0, 0), (3, 0, 0), (0, 2, 0), (1, 2, 2)] {
      // DICOM PS3.3 equation C.7.6.2.1-1, then LPS+ to RAS+.
      let inPlane: SIMD3<Double> = row * 0.5 * Double(i) + column * 2 * Double(j)
      let lps: SIMD3<Double> = SIMD3(5, 6, 7) + inPlane + normal * 3 * Double(k)
      #expect((affine(SIMD3(Double(i), Double(j), Double(k))) - lps * SIMD3(-1, -1, 1)).length < 1e-9)
    }
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: FormatError.Code
    let message: String
    let change: @Sendable (Int, inout SyntheticSlice) -> Void

    init(
      _ name: String, _ code: FormatError.Code, _ message: String,
      _ change: @escaping @Sendable (Int, inout SyntheticSlice) -> Void
    ) {
      (testDescription, self.code, self.message, self.change) = (name, code, message, change)
    }
  }

  static let refusals: [Refusal] = [
    Refusal("duplicate", .malformed, "lies at the same place") { if $0 == 3 { $1.position.z = 4.01 } },
    Refusal("missing slices", .malformed, "2 missing before") { if $0 >= 3 { $1.position.z += 4 } },
    Refusal("irregular", .unsupported, "irregular spacing") { if $0 == 3 { $1.position.z = 6.1 } },
    Refusal("tilt", .unsupported, "gantry tilt of 26.6 degrees") { $1.position.y += Double($0) },
    Refusal("shifted slice", .unsupported, "is shifted by 0.2 mm") { if $0 == 2 { $1.position.x += 0.2 } },
    Refusal("colour", .unsupported, "expected one grey value") { $1.numbers[.samplesPerPixel] = 3 },
    Refusal("palette", .unsupported, "PALETTE COLOR") {
      $1.texts[.photometricInterpretation] = ("CS", "PALETTE COLOR")
    },
    Refusal("multi-frame", .unsupported, "multi-frame") { $1.texts[.numberOfFrames] = ("IS", "2") },
    Refusal("packed bits", .unsupported, "expected 8, 16 or 32 bits") { $1.numbers[.bitsAllocated] = 12 },
    Refusal("high bit", .unsupported, "expected 11, one below") { $1.numbers[.highBit] = 15 },
    Refusal("slope 0", .malformed, "slope other than 0") { $1.texts[.rescaleSlope] = ("DS", "0") },
    Refusal("too few pixels", .malformed, "expected 24 bytes of pixels for each of 1 frames, found 22") { $1.pixels.removeLast() },
    Refusal("no position", .unsupported, "expected position") { $1.texts[.pixelSpacing] = nil },
    Refusal("oblique axes", .malformed, "perpendicular") {
      $1.texts[.imageOrientationPatient] = ("DS", "1\\0\\0\\1\\0\\0")
    },
  ]

  @Test("what is no volume is refused by name", arguments: refusals)
  func refusal(_ expected: Refusal) throws {
    let (scratch, list) = try series(5, expected.change)
    let first = try #require(list.first)
    let error = #expect(throws: FormatError.self) { try first.load() }
    #expect(error?.code == expected.code)
    #expect(error?.message.contains(expected.message) == true, "\(String(describing: error))")
    #expect(error?.description.contains(scratch.folder) == true, "the file is not named")
    #expect(!first.summary.problems.isEmpty)
  }

  @Test(
    "broken elements are refused while discovering",
    arguments: [
      ("a word for a number", DICOMTag.imagePositionPatient, "DS", "1\\here\\3"),
      ("two numbers for three", .imagePositionPatient, "DS", "1\\2"),
      ("no rows", .rows, "US", ""),
    ])
  func brokenElement(_ name: String, _ tag: DICOMTag, _ vr: String, _ value: String) throws {
    let scratch = try TemporaryDirectory()
    let builder = try DICOMBuilder()
    try builder.set(.sopClassUID, "UI", "1.2.840.10008.5.1.4.1.1.2")
    try builder.set(.sopInstanceUID, "UI", "1.2.3")
    try builder.set(.columns, 4)
    try builder.set(.pixelData, "OW", bytes: [0, 0])
    try builder.set(tag, vr, value)
    if tag != .rows { try builder.set(.rows, 3) }
    try builder.set(.bitsAllocated, 16)
    try builder.set(.bitsStored, 16)
    try builder.set(.pixelRepresentation, 0)
    try builder.set(.imageOrientationPatient, "DS", "1\\0\\0\\0\\1\\0")
    try builder.set(.pixelSpacing, "DS", "1\\1")
    var bytes: [UInt8] = []
    try builder.encoded { bytes = Array($0) }
    let file = try scratch.write(bytes, as: "broken.dcm")
    let error = #expect(throws: FormatError.self) {
      for series in try DICOMSeries.discover(in: [file]) { _ = try series.load() }
    }
    #expect(error?.code == .malformed)
    #expect(error?.description.contains(FormatError.Context.tag(tag.group, tag.element).description) == true)
  }

  @Test("positions within the tolerance make a regular stack")
  func tolerance() throws {
    let (scratch, list) = try series(5) { $1.position += SIMD3(0.01, -0.01, 0.02) * ($0 % 2 == 0 ? 1 : -1) }
    defer { withExtendedLifetime(scratch) {} }
    let grid = try #require(list[0].grid)
    #expect(list[0].problems.isEmpty)
    #expect(grid.affine.shear < 1e-12)
    #expect(abs(grid.spacing.z - 2) < 0.02)
  }

  struct Rescale: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var stored: UInt16
    var bits: UInt16 = 16
    var signed: UInt16 = 0
    var slope: String?
    var intercept: String?
    var value: Double
    var type: String
  }

  @Test(
    "stored values become units in the smallest type that is exact",
    arguments: [
      Rescale(testDescription: "plain CT", stored: 1000, slope: "1", intercept: "-1024", value: -24, type: "int16"),
      Rescale(testDescription: "no rescale", stored: 32767, value: 32767, type: "uint16"),
      Rescale(testDescription: "no rescale of 15 bits", stored: 32767, bits: 15, value: 32767, type: "int16"),
      Rescale(testDescription: "beyond Int16", stored: 32768, intercept: "1", value: 32769, type: "int32"),
      Rescale(
        testDescription: "signed", stored: 0xFFFE, signed: 1, slope: "2", intercept: "1", value: -3, type: "int16"),
      Rescale(testDescription: "12 bits signed", stored: 0x0FFF, bits: 12, signed: 1, value: -1, type: "int16"),
      Rescale(testDescription: "an overlay above the bits", stored: 0xF005, bits: 12, value: 5, type: "int16"),
      Rescale(testDescription: "fraction", stored: 3, slope: "0.5", intercept: "0.25", value: 1.75, type: "float32"),
      Rescale(testDescription: "beyond Int32", stored: 65535, slope: "131072", value: 8_589_803_520, type: "float32"),
    ])
  func rescale(_ expected: Rescale) throws {
    let (scratch, list) = try series(2) { _, slice in
      slice.pixels[5] = expected.stored
      slice.numbers[.bitsStored] = expected.bits
      slice.numbers[.highBit] = expected.bits - 1
      slice.numbers[.pixelRepresentation] = expected.signed
      slice.texts[.rescaleSlope] = expected.slope.map { ("DS", $0) }
      slice.texts[.rescaleIntercept] = expected.intercept.map { ("DS", $0) }
    }
    defer { withExtendedLifetime(scratch) {} }
    let volume = try list[0].load().volume
    #expect(Double(volume.float[1, 1, 1]) == expected.value)
    #expect("\(volume)".hasPrefix(expected.type))
  }

  @Test("slopes that vary from slice to slice are applied slice by slice")
  func varyingSlope() throws {
    let (scratch, list) = try series(3) { $1.texts[.rescaleSlope] = ("DS", String(1 + $0)) }
    defer { withExtendedLifetime(scratch) {} }
    #expect(try list[0].load().volume.float.voxels[11] == 11 - 1024)
    #expect(try list[0].load().volume.float.voxels[35] == 33 - 1024)
  }

  @Test("other files, other series and directories in a directory")
  func mixed() throws {
    let scratch = try TemporaryDirectory()
    for index in 0..<3 {
      var (axial, scout) = (
        SyntheticSlice(at: Double(index), instance: index), SyntheticSlice(at: 0, instance: 10 + index)
      )
      axial.texts[.seriesNumber] = ("IS", "7")
      scout.texts[.seriesNumber] = ("IS", "2")
      scout.texts[.seriesInstanceUID] = ("UI", "1.2.3.2")
      scout.texts[.imageOrientationPatient] = ("DS", index == 0 ? "1\\0\\0\\0\\0\\-1" : "0\\1\\0\\0\\0\\-1")
      scout.position = [Double(5 * index), 0, 0]
      _ = try scratch.write(axial.bytes, as: "deep/er/\(index)")
      _ = try scratch.write(scout.bytes, as: "scout\(index).dcm")
    }
    _ = try scratch.write(Array("not DICOM".utf8), as: "README.txt")
    _ = try scratch.write([], as: "deep/empty.dcm")
    let report = try DICOMBuilder()
    try report.set(.sopClassUID, "UI", "1.2.840.10008.5.1.4.1.1.88.11")
    try report.set(.sopInstanceUID, "UI", "1.2.3.5")
    try report.encoded { _ = try? scratch.write(Array($0), as: "report.dcm") }

    let list = try DICOMSeries.discover(in: [scratch.folder])
    #expect(list.map(\.slices.count) == [1, 2, 3])
    #expect(list.map(\.seriesNumber) == [2, 2, 7])
    #expect(list.filter { $0.seriesInstanceUID == "1.2.3.1" }.map(\.slices.count) == [3])
    #expect(list.count { $0.seriesInstanceUID == "1.2.3.2" } == 2)
    #expect(list.count == 3)
    #expect(try list[2].load().volume.grid.dimensions == [4, 3, 3])

    let twice = try DICOMSeries.discover(in: [scratch.folder, "\(scratch.folder)/deep", "\(scratch.folder)/scout0.dcm"])
    #expect(twice.map(\.slices.count) == [1, 2, 3])
  }

  @Test("a single slice takes its thickness as spacing and says so")
  func singleSlice() throws {
    let (scratch, list) = try series(1) { $1.texts[.sliceThickness] = ("DS", "5") }
    defer { withExtendedLifetime(scratch) {} }
    let image = try list[0].load()
    #expect(image.volume.grid.spacing == [0.5, 2, 5])
    #expect(image.warnings.count == 1)
    let (unknown, none) = try series(1)
    defer { withExtendedLifetime(unknown) {} }
    #expect(throws: FormatError.self) { try none[0].load() }
  }

  @Test("a listed name that leads nowhere is an error, not a missing slice")
  func unreadableName() throws {
    let (scratch, _) = try series(2)
    defer { withExtendedLifetime(scratch) {} }
    let link = scratch.path("9.dcm")
    #expect(symlink("nowhere", link) == 0)
    let error = #expect(throws: FormatError.self) { try DICOMSeries.discover(in: [scratch.folder]) }
    #expect(error?.code == .unreadable)
    #expect(error?.description.contains("9.dcm") == true)
    #expect(unlink(link) == 0)

    // 0xff occurs nowhere in UTF-8.
    let bytes = scratch.path("0.dcm").utf8CString.dropLast().map { $0 } + [CChar(bitPattern: 0xff), 0]
    guard rename(scratch.path("0.dcm"), bytes) == 0 else { return }  // The file system takes UTF-8 only.
    defer { unlink(bytes) }
    let other = #expect(throws: FormatError.self) { try DICOMSeries.discover(in: [scratch.folder]) }
    #expect(other?.code == .unreadable)
    #expect(other?.description.contains("0.dcm") == true && other?.description.contains("UTF-8") == true)
  }

  @Test("MONOCHROME1 keeps its values and says so")
  func monochrome1() throws {
    let (scratch, list) = try series(2) { $1.texts[.photometricInterpretation] = ("CS", "MONOCHROME1") }
    defer { withExtendedLifetime(scratch) {} }
    let image = try list[0].load()
    #expect(image.volume.float[1, 0, 0] == -1023)
    #expect(image.warnings.contains { $0.contains("MONOCHROME1") })
  }

  @Test(
    "missing and foreign files",
    arguments: [
      ("missing", nil, FormatError.Code.unreadable), ("text", Array("hello".utf8), .malformed),
      ("empty", [], .malformed),
    ] as [(String, [UInt8]?, FormatError.Code)])
  func foreign(_ name: String, _ bytes: [UInt8]?, _ code: FormatError.Code) throws {
    let scratch = try TemporaryDirectory()
    if let bytes { _ = try scratch.write(bytes, as: name) }
    let error = #expect(throws: FormatError.self) { try DICOMSeries.discover(in: ["\(scratch.folder)/\(name)"]) }
    #expect(error?.code == code)
    #expect(error?.description.contains(name) == true)
  }
}
