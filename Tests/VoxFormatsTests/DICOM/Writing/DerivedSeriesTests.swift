import Foundation
import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("derived DICOM series")
struct DerivedSeriesTests {
  /// Values that tell every voxel from every other, from -20 on.
  private static func numbered(_ affine: Affine, _ n: SIMD3<Int> = [5, 4, 3]) -> Volume<Int16> {
    let grid = Grid(dimensions: n, affine: affine)
    return Volume(grid: grid, voxels: (0..<grid.count).map { Int16($0 - 20) })
  }

  private static func described(_ modality: DerivedSeries.Modality, _ change: (inout DerivedSeries) -> Void)
    -> DerivedSeries
  {
    var series = DerivedSeries(modality)
    change(&series)
    return series
  }

  @Test("a series read back is the volume, whatever its orientation", arguments: [0, 11, 37, 90.0])
  func orientations(_ degrees: Double) throws {
    for orientation in Orientation.all {
      let volume = Self.numbered(.oblique(orientation, degrees: degrees))
      for slices in [3, 1] {
        let part = Volume(
          grid: Grid(dimensions: [5, 4, slices], affine: volume.grid.affine),
          voxels: Array(volume.voxels.prefix(20 * slices)))
        let image = try WrittenSeries(.int16(part)).read()
        guard case .int16(let found) = image.volume.reoriented(to: part.grid.orientation) else {
          Issue.record("\(orientation): expected 16-bit integers, found \(image.volume.type)")
          continue
        }
        #expect(found.voxels == part.voxels, "\(orientation), \(slices) slices")
        #expect(found.grid.isClose(to: part.grid, tolerance: 1e-9), "\(orientation), \(slices) slices: \(found.grid)")
        #expect(image.units == "HU" && image.modality == "CT")
      }
    }
  }

  struct Values: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let volume: AnyVolume
    /// What reading back may differ by, in slopes.
    var slopes = 0.0
  }

  private static let grid = Grid(dimensions: [6, 5, 4], affine: .oblique(.lps, degrees: 20))

  private static func made<Value>(_ value: (Int) -> Value) -> Volume<Value> {
    Volume(grid: grid, voxels: (0..<grid.count).map(value))
  }

  static let values: [Values] = [
    Values(testDescription: "uint8", volume: .uint8(made { UInt8($0) })),
    Values(testDescription: "int8", volume: .int8(made { Int8($0 - 100) })),
    Values(testDescription: "int16", volume: .int16(made { Int16(clamping: $0 * 700 - 32768) })),
    Values(testDescription: "uint16", volume: .uint16(made { UInt16(clamping: $0 * 600) })),
    Values(testDescription: "int32 of 16 bits", volume: .int32(made { Int32($0 - 50) })),
    Values(testDescription: "int32 far away", volume: .int32(made { Int32($0 + 1_000_000) })),
    Values(testDescription: "uint32 far away", volume: .uint32(made { UInt32($0) + 2_000_000_000 })),
    Values(testDescription: "float32 of integers", volume: .float32(made { Float($0 - 60) })),
    Values(testDescription: "int32", volume: .int32(made { Int32($0) * 1_000_003 - 60_000_000 }), slopes: 0.5),
    Values(testDescription: "uint32", volume: .uint32(made { UInt32($0) * 30_000_001 }), slopes: 0.5),
    Values(testDescription: "float32", volume: .float32(made { sin(Float($0)) * 1e-3 }), slopes: 0.5),
    Values(testDescription: "float64", volume: .float64(made { exp(Double($0) / 9) - 50 }), slopes: 0.5),
  ]

  @Test("values are exact where 16 bits hold them, else within half a slope", arguments: values)
  func precision(_ item: Values) throws {
    for modality in DerivedSeries.Modality.allCases {
      let written = try WrittenSeries(item.volume, as: DerivedSeries(modality))
      let headers = try written.headers
      let slope = try headers[0].number(.rescaleSlope) ?? 1
      let found = try written.read().volume.reoriented(to: Self.grid.orientation)
      for (a, b) in zip(found.float.voxels, item.volume.float.voxels) {
        #expect(abs(Double(a) - Double(b)) <= item.slopes * 1.000_001 * slope + Double(b.ulp), "\(b) became \(a)")
      }
      let first = headers[0].raw(.rescaleSlope)?.bytes
      #expect(headers.allSatisfy { $0.raw(.rescaleSlope)?.bytes == first }, "slopes differ within a series")
      // A CT image always has the rescale elements, an MR image only where they say something.
      let isIdentity = try slope == 1 && (headers[0].number(.rescaleIntercept) ?? 0) == 0
      #expect(headers[0].has(.rescaleSlope) == (modality == .ct || !isIdentity))
      #expect(headers[0].has(.rescaleType) == headers[0].has(.rescaleSlope))
    }
  }

  @Test("the number of threads changes nothing but the UIDs")
  func threads() throws {
    let volume = AnyVolume.float32(Self.made { sin(Float($0)) })
    let one = try WrittenSeries(volume, threads: 1), many = try WrittenSeries(volume, threads: 16)
    for (a, b) in zip(try one.headers, try many.headers) {
      for tag in [DICOMTag.pixelData, .rescaleSlope, .imagePositionPatient, DICOMTag(0x0028, 0x1050), .instanceNumber] {
        #expect(a.raw(tag)?.bytes == b.raw(tag)?.bytes)
      }
    }
  }

  @Test("files are named and numbered as slices, and say what they are")
  func elements() throws {
    let volume = Self.numbered(.oblique(.ras, degrees: 0))
    let named = Self.described(.mr) {
      $0.seriesDescription = "Gr\u{FC}n\\weiss " + String(repeating: "x", count: 80)
      ($0.seriesNumber, $0.derivation, $0.window) = (42, "Resampled.", .init(center: 12.5, width: 25))
    }
    let written = try WrittenSeries(.int16(volume), as: named)
    #expect(written.files.map { String($0.suffix(9)) } == ["/0001.dcm", "/0002.dcm", "/0003.dcm"])
    let headers = try written.headers
    for (k, header) in headers.enumerated() {
      #expect(try header.integer(.instanceNumber) == k + 1 && header.integer(.seriesNumber) == 42)
      #expect(header.texts(.imageType) == ["DERIVED", "SECONDARY", "OTHER"])
      #expect(header.text(.sopClassUID) == "1.2.840.10008.5.1.4.1.1.4" && header.text(.modality) == "MR")
      #expect(header.text(.seriesDescription) == "Gr\u{FC}n?weiss " + String(repeating: "x", count: 53))
      #expect(header.text(.derivationDescription) == "Resampled. Not for diagnosis.")
      #expect(try header.numbers(DICOMTag(0x0028, 0x1050)) == [12.5])
      #expect(try header.numbers(DICOMTag(0x0028, 0x1051)) == [25])
      // RAS+ rows run to R, columns to A; positions are LPS+.
      #expect(try header.numbers(.imageOrientationPatient) == [-1, 0, 0, 0, -1, 0])
      let expected = [31.25, -47.123456789, 1234.5678901234 + 2.1 * Double(k)]
      #expect(zip(try header.numbers(.imagePositionPatient), expected).allSatisfy { abs($0 - $1) < 1e-9 })
      #expect(try header.numbers(.pixelSpacing) == [1.3, 0.7] && header.numbers(.sliceThickness) == [2.1])
      #expect(header.text(.patientOrientation) == "R\\A")
    }
    #expect(Set(headers.map { $0.text(.sopInstanceUID) }).count == 3)
    #expect(Set(headers.map { $0.text(.seriesInstanceUID) }).count == 1)
  }

  @Test("without a window the middle 98 % of the values are shown")
  func window() throws {
    let grid = Grid(dimensions: [10, 10, 10], affine: .identity)
    let ramp = Volume(grid: grid, voxels: (0..<1000).map { Int16($0 == 999 ? 30000 : $0) })
    let sparse = Volume(grid: grid, voxels: (0..<1000).map { UInt8($0 == 500 ? 4 : 0) })
    for (volume, center, width) in [
      (AnyVolume.int16(ramp), 499.5, 981.0), (.uint8(sparse), 2, 4), (.uint8(Volume(grid: grid, repeating: 3)), 3, 1),
    ] {
      let header = try WrittenSeries(volume).headers[0]
      #expect(try header.numbers(DICOMTag(0x0028, 0x1050)) == [center])
      #expect(try header.numbers(DICOMTag(0x0028, 0x1051)) == [width])
      #expect(header.text(DICOMTag(0x0028, 0x1056)) == "LINEAR_EXACT")
    }
  }

  @Test("without a reference nothing of a patient is written")
  func nobody() throws {
    let written = try WrittenSeries(.int16(Self.numbered(.identity)))
    #expect(written.writer.identity.notes.isEmpty)
    for header in try written.headers {
      for (group, element) in [
        (0x0008, 0x0020), (0x0008, 0x0090), (0x0010, 0x0010), (0x0010, 0x0020), (0x0010, 0x0030),
      ] {
        let tag = DICOMTag(UInt16(group), UInt16(element))
        #expect(header.has(tag) && header.raw(tag) == nil, "\(tag)")
      }
      #expect(header.text(DICOMTag(0x0012, 0x0062)) == "YES" && header.text(DICOMTag(0x0012, 0x0063)) != nil)
      #expect(header.text(.studyInstanceUID) == written.writer.identity.studyInstanceUID)
      #expect(header.text(.studyInstanceUID)?.hasPrefix("2.25.") == true)
      #expect(header.text(.frameOfReferenceUID)?.hasPrefix("2.25.") == true)
    }
  }

  /// Four slices two millimetres apart of a patient with a name beyond ASCII.
  private func scanned(_ scratch: TemporaryDirectory) throws -> DICOMSeries {
    try scratch.write(
      (0..<4).map { index in
        var slice = SyntheticSlice(at: Double(2 * index), instance: index)
        slice.texts[DICOMTag(0x0010, 0x0010)] = ("PN", "Gro\u{DF}^M\u{FC}ller")
        slice.texts[.specificCharacterSet] = ("CS", "ISO_IR 192")
        slice.texts[DICOMTag(0x0018, 0x0060)] = ("DS", "120")
        slice.texts[DICOMTag(0x0018, 0x5100)] = ("CS", "HFS")
        slice.texts[.lossyImageCompression] = ("CS", "01")
        return slice
      })
    return try #require(try DICOMSeries.discover(in: [scratch.folder]).first)
  }

  @Test("patient, study and frame of reference are the reference's", arguments: [true, false])
  func reference(_ isMadeFromIt: Bool) throws {
    let scratch = try TemporaryDirectory()
    let reference = try scanned(scratch)
    let scan = try reference.load()
    var described = try #require(DerivedSeries(of: scan, reference: reference))
    #expect(described.modality == .ct && described.units == "HU" && described.isMadeFromReference)
    described.isMadeFromReference = isMadeFromIt
    let written = try WrittenSeries(scan.volume, as: described, reference: reference)
    for (k, header) in try written.headers.enumerated() {
      #expect(header.text(.studyInstanceUID) == "1.2.3" && header.text(.frameOfReferenceUID) == "1.2.3.9")
      #expect(header.text(.seriesInstanceUID) != "1.2.3.1")
      #expect(header.text(DICOMTag(0x0010, 0x0010)) == "Gro\u{DF}^M\u{FC}ller")
      #expect(header.text(.specificCharacterSet) == "ISO_IR 192")
      #expect(header.text(DICOMTag(0x0018, 0x5100)) == "HFS")
      #expect(!header.has(DICOMTag(0x0012, 0x0062)))
      // Only what was made from the images says how they were acquired and which they are.
      #expect((header.text(DICOMTag(0x0018, 0x0060)) == "120") == isMadeFromIt)
      #expect((header.text(.lossyImageCompression) == "01") == isMadeFromIt)
      let sources = header.items(.sourceImageSequence).map { $0.text(.referencedSOPInstanceUID) }
      #expect(sources == (isMadeFromIt ? ["1.2.3.4.\(k)"] : []))
    }
    let found = try written.read()
    #expect(found.volume.float.voxels == scan.volume.float.voxels && found.volume.grid == scan.volume.grid)
  }

  @Test("the modality is the scan's, or the reference's, or unknown")
  func modality() throws {
    var scan = ScanImage(volume: .int16(Self.numbered(.identity)))
    let scratch = try TemporaryDirectory()
    let reference = try scanned(scratch)
    #expect(DerivedSeries(of: scan, reference: nil) == nil)
    #expect(DerivedSeries(of: scan, reference: reference)?.modality == .ct)
    #expect(DerivedSeries(of: scan, reference: reference)?.isMadeFromReference == false)
    scan.seriesInstanceUID = reference.seriesInstanceUID
    #expect(DerivedSeries(of: scan, reference: reference)?.isMadeFromReference == true)
    scan.part = "echo 2"
    #expect(DerivedSeries(of: scan, reference: reference)?.isMadeFromReference == false)
    scan.modality = "MR"
    #expect(DerivedSeries(of: scan, reference: reference)?.modality == .mr)
    (scan.modality, scan.units) = ("PT", "HU")
    #expect(DerivedSeries(of: scan, reference: nil)?.modality == .ct)
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let volume: AnyVolume
    var window: DerivedSeries.Window?
    let message: String
  }

  /// Slices that are shifted against each other by a part of a row each.
  private static func sheared(_ shear: Double) -> AnyVolume {
    var affine = Affine.oblique(.lps, degrees: 15)
    affine.z += affine.y * shear
    return .int16(numbered(affine, [5, 4, 60]))
  }

  static let refusals: [Refusal] = [
    Refusal(testDescription: "a sheared grid", volume: sheared(0.1), message: "degrees off a right angle"),
    Refusal(
      testDescription: "a grid without volume",
      volume: .int16(numbered(Affine(x: [1, 0, 0], y: [2, 0, 0], z: [0, 0, 1], t: .zero))), message: "span space"),
    Refusal(
      testDescription: "a grid nowhere", volume: .int16(numbered(Affine(spacing: [1, 1, 1], origin: [0, .nan, 0]))),
      message: "span space"),
    Refusal(
      testDescription: "too many columns",
      volume: .uint8(Volume(grid: Grid(dimensions: [65536, 1, 1], affine: .identity), repeating: 0)),
      message: "axis 0: expected at most 65535"),
    Refusal(
      testDescription: "not a number", volume: .float32(made { $0 == 37 ? .nan : 1 }), message: "voxel (1, 1, 1) is nan"
    ),
    Refusal(
      testDescription: "a window without width", volume: .int16(numbered(.identity)),
      window: .init(center: 1, width: 0), message: "positive window width"),
  ]

  @Test("what no series can hold is refused, and nothing is left", arguments: refusals)
  func refusal(_ item: Refusal) throws {
    let scratch = try TemporaryDirectory()
    do {
      let directory = try AtomicDirectory(scratch.path("out"))
      let error = #expect(throws: FormatError.self) {
        try DerivedSeriesWriter(reference: nil).write(
          item.volume, as: Self.described(.ct) { $0.window = item.window }, into: directory)
      }
      #expect(error?.code == .unsupported)
      #expect(error?.description.contains(item.message) == true, "\(String(describing: error))")
      #expect(error?.description.hasPrefix(scratch.path("out")) == true)
    }
    #expect(try scratch.names == [])
  }

  @Test("a shear that no reader notices is none")
  func slightShear() throws {
    let image = try WrittenSeries(Self.sheared(1e-5)).read()
    #expect(image.volume.float.voxels == Self.sheared(1e-5).float.voxels)
  }

  @Test(
    "independent validators find no error", .enabled(if: WrittenSeries.canValidate, "dicom3tools is not installed"),
    arguments: DerivedSeries.Modality.allCases)
  func valid(_ modality: DerivedSeries.Modality) throws {
    let scratch = try TemporaryDirectory()
    let reference = try scanned(scratch)
    for source in [nil, reference] {
      for volume in [
        AnyVolume.int16(Self.numbered(.oblique(.ras, degrees: 33))), .float32(Self.made { sin(Float($0)) }),
      ] {
        var described = DerivedSeries(modality)
        described.isMadeFromReference = source != nil
        #expect(try WrittenSeries(volume, as: described, reference: source).complaints() == [])
      }
    }
  }
}
