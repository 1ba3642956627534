import Foundation
import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("BIDS sidecars")
struct SidecarTests {
  private static func sidecar(of directory: String) throws -> Sidecar {
    try Sidecar(of: #require(try DICOMSeries.discover(in: [directory]).first))
  }

  @Test("a CT", .enabled(if: FileManager.default.fileExists(atPath: DICOMData.ct), "no shared data"))
  func computedTomography() throws {
    // As dcm2niix 1.0.20260724 has them, but for KVP, SliceThickness and SpacingBetweenSlices, which it leaves out here.
    #expect(
      try Self.sidecar(of: DICOMData.ct).fields == [
        "AcquisitionNumber": .number(14), "BodyPart": .text("PARTIALBODY"),
        "ConvolutionKernel": .texts(["Br38f", "3"]),
        "ExposureTime": .number(0.33), "ImageOrientationPatientDICOM": .numbers([1, 0, 0, 0, 1, 0]),
        "ImageType": .texts(["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI"]), "KVP": .number(120),
        "Manufacturer": .text("SIEMENS"), "ManufacturersModelName": .text("Biograph40_mCT 4R"),
        "Modality": .text("CT"), "PatientPosition": .text("HFS"), "SliceThickness": .number(3),
        "SoftwareVersions": .text("VG80B"), "SpacingBetweenSlices": .number(2), "XRayExposure": .number(253),
        "XRayTubeCurrent": .number(615),
      ])
  }

  @Test("an MR in seconds", .enabled(if: FileManager.default.fileExists(atPath: DICOMData.encodings), "no shared data"))
  func magneticResonance() throws {
    let fields = try Self.sidecar(of: DICOMData.encodings).fields
    // As dcm2niix 1.0.20260724 has them.
    let expected: [String: Sidecar.Value] = [
      "EchoTime": .number(0.03), "RepetitionTime": .number(3), "FlipAngle": .number(76),
      "MagneticFieldStrength": .number(3), "MRAcquisitionType": .text("2D"), "ScanningSequence": .text("EP"),
      "SequenceVariant": .text("SK"), "ScanOptions": .text("FS"), "SequenceName": .text("*epfid2d1_64"),
      "PercentSampling": .number(100), "PercentPhaseFOV": .number(100), "PhaseEncodingSteps": .number(64),
      "PixelBandwidth": .number(2111), "InPlanePhaseEncodingDirectionDICOM": .text("COL"),
      "SliceThickness": .number(3), "ImagingFrequency": .number(123.247638),
    ]
    for (name, value) in expected { #expect(fields[name] == value, "\(name)") }
  }

  @Test(
    "tilt comes from positions",
    .enabled(if: FileManager.default.fileExists(atPath: DICOMData.tilted), "no shared data"))
  func tilt() throws {
    let fields = try Self.sidecar(of: DICOMData.tilted).fields
    #expect(fields["SpacingBetweenSlices"] == nil, "the steps differ")
    guard case .number(let degrees) = fields["GantryTilt"] else {
      Issue.record("expected a tilt")
      return
    }
    #expect(abs(degrees - 18.5) < 0.01)
  }

  /// Two slices with an identity in every element that can hold one.
  private static func identified() throws -> TemporaryDirectory {
    let scratch = try TemporaryDirectory()
    let names: [(UInt16, UInt16, String)] = [
      (0x0008, 0x0050, "SH"), (0x0008, 0x0080, "LO"), (0x0008, 0x0081, "ST"), (0x0008, 0x0090, "PN"),
      (0x0008, 0x1010, "SH"), (0x0008, 0x1030, "LO"), (0x0008, 0x103E, "LO"), (0x0008, 0x1040, "LO"),
      (0x0008, 0x1050, "PN"), (0x0010, 0x0010, "PN"), (0x0010, 0x0020, "LO"), (0x0010, 0x4000, "LT"),
      (0x0018, 0x1000, "LO"), (0x0018, 0x1030, "LO"), (0x0020, 0x4000, "LT"), (0x0040, 0x0254, "LO"),
      (0x0032, 0x1060, "LO"), (0x0008, 0x2111, "ST"),
    ]
    try scratch.write(
      (0..<2).map { index in
        var slice = SyntheticSlice(at: Double(3 * index), instance: index)
        for (group, element, representation) in names {
          slice.texts[DICOMTag(group, element)] = (representation, "Mustermann")
        }
        for tag in [DICOMTag(0x0008, 0x0020), DICOMTag(0x0008, 0x0022), DICOMTag(0x0010, 0x0030)] {
          slice.texts[tag] = ("DA", "19800707")
        }
        slice.texts[DICOMTag(0x0018, 0x0081)] = ("DS", "here")  // Echo Time
        slice.texts[DICOMTag(0x0018, 0x0080)] = ("DS", "2300")  // Repetition Time
        slice.texts[DICOMTag(0x0018, 0x0088)] = ("DS", "-7")  // Spacing Between Slices
        slice.texts[DICOMTag(0x0018, 0x0020)] = ("CS", "GR\\IR")
        return slice
      })
    return scratch
  }

  @Test("nothing that identifies a patient gets in, nor what is not legal")
  func anonymous() throws {
    let scratch = try Self.identified()
    let sidecar = try Self.sidecar(of: scratch.folder)
    let json = String(decoding: try sidecar.json(softwareVersion: "1.2.3"), as: UTF8.self)
    for secret in ["Mustermann", "19800707", "1.2.3.4", "1.2.3.9"] { #expect(!json.contains(secret)) }
    #expect(
      sidecar.fields == [
        "Modality": .text("CT"), "ImageOrientationPatientDICOM": .numbers([1, 0, 0, 0, 1, 0]),
        "RepetitionTime": .number(2.3), "ScanningSequence": .texts(["GR", "IR"]), "SpacingBetweenSlices": .number(3),
      ])
  }

  @Test("the JSON is sorted and reads back")
  func json() throws {
    let scratch = try Self.identified()
    let sidecar = try Self.sidecar(of: scratch.folder)
    let json = try sidecar.json(softwareVersion: "1.2.3")
    let lines = String(decoding: json, as: UTF8.self).split(separator: "\n")
    let names = lines.filter { $0.hasPrefix("  \"") }
    #expect(names == names.sorted() && names.count == 7)
    #expect(lines.contains("  \"RepetitionTime\" : 2.3,") && lines.contains("  \"ConversionSoftware\" : \"voxplain\","))
    var found = try JSONDecoder().decode(Sidecar.self, from: Data(json))
    #expect(found.fields["ConversionSoftwareVersion"] == .text("1.2.3"))
    for name in ["ConversionSoftware", "ConversionSoftwareVersion"] { found.fields[name] = nil }
    #expect(found == sidecar)
  }

  @Test("of an enhanced image the functional groups count")
  func enhanced() throws {
    let scratch = try TemporaryDirectory()
    let builder = try DICOMBuilder()
    try builder.set(.sopClassUID, "UI", "1.2.840.10008.5.1.4.1.1.4.1")
    try builder.set(.sopInstanceUID, "UI", "1.2.3")
    try builder.set(.modality, "CS", "MR")
    for (tag, number) in [
      DICOMTag.rows: 2, .columns: 2, .bitsAllocated: 16, .bitsStored: 16, .highBit: 15, .pixelRepresentation: 0,
      .samplesPerPixel: 1,
    ] as [DICOMTag: UInt16] { try builder.set(tag, number) }
    try builder.set(.photometricInterpretation, "CS", "MONOCHROME2")
    try builder.set(.numberOfFrames, "IS", "2")
    let shared = try builder.addItem(.sharedFunctionalGroupsSequence)
    try shared.addItem(DICOMTag(0x0018, 0x9112)).set(DICOMTag(0x0018, 0x0080), "DS", "500")
    for _ in 0..<2 {
      let frame = try builder.addItem(DICOMTag(0x5200, 0x9230))
      try frame.addItem(DICOMTag(0x0018, 0x9114)).set(DICOMTag(0x0018, 0x9082), "FD", values: [12.5])
    }
    try builder.set(.pixelData, "OW", values: [UInt16](repeating: 1, count: 8))
    try builder.write(to: scratch.path("enhanced.dcm"))
    let fields = try Self.sidecar(of: scratch.folder).fields
    #expect(fields["RepetitionTime"] == .number(0.5) && fields["EchoTime"] == .number(0.0125))
  }

  @Test("of other formats modality and units are told, where they are known")
  func minimal() throws {
    var scan = ScanImage(volume: .uint8(Volume(grid: Grid(dimensions: [1, 1, 1], affine: .identity), repeating: 0)))
    #expect(Sidecar(of: scan).fields.isEmpty)
    (scan.modality, scan.units) = ("CT", "HU")
    #expect(Sidecar(of: scan).fields == ["Modality": .text("CT"), "Units": .text("HU")])
  }
}
