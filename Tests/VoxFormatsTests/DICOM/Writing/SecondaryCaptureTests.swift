import Foundation
import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("DICOM secondary captures")
struct SecondaryCaptureTests {
  static let capture = SecondaryCapture(
    folder: "sc_liver", seriesDescription: "Voxplain: liver", derivation: "Attribution of liver.", seriesNumber: 9001)

  static let software = Software(name: "test", version: "1")

  /// Colours that tell rows, columns and slices apart.
  static func colours(_ slice: DICOMSlice, _ k: Int) -> [UInt8] {
    (0..<slice.rows).flatMap { row in
      (0..<slice.columns).flatMap { column in [UInt8(row & 255), UInt8(column & 255), UInt8(k & 255)] }
    }
  }

  /// Writes captures on every slice of the only series in a directory and reads each beside its source.
  private func write(
    _ source: String
  ) throws -> (
    writer: SecondaryCaptureWriter, scratch: TemporaryDirectory, pairs: [(source: DICOMFile, copy: DICOMFile)]
  ) {
    let scratch = try TemporaryDirectory()
    let series = try #require(try DICOMSeries.discover(in: [source]).first)
    let writer = try SecondaryCaptureWriter(source: series)
    let directory = try AtomicDirectory("\(scratch.folder)/out")
    try writer.write(Self.capture, by: Self.software, into: directory) { Self.colours(series.slices[$0], $0) }
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.folder)/out"), "files appear before the commit")
    try directory.commit()
    let files = try DICOMData.files("\(scratch.folder)/out/sc_liver")
    #expect(files.count == series.slices.count)
    #expect(files.first?.hasSuffix("/0001.dcm") == true)
    let pairs = try zip(series.slices, files).map { (try DICOMFile($0.path), try DICOMFile($1, withPixels: true)) }
    return (writer, scratch, pairs)
  }

  private func checkCommon(_ pairs: [(source: DICOMFile, copy: DICOMFile)], _ writer: SecondaryCaptureWriter) throws {
    var instances: Set<String> = [], series: Set<String> = []
    for (k, (source, copy)) in pairs.map({ ($0.source.root, $0.copy.root) }).enumerated() {
      for tag in [DICOMTag.imagePositionPatient, .imageOrientationPatient, .pixelSpacing] {
        // What is longer than a decimal string may be comes rounded.
        let (own, others) = (try copy.numbers(tag), try source.numbers(tag))
        #expect(
          own.count == others.count && zip(own, others).allSatisfy { abs($0 - $1) <= 1e-9 }, "\(tag) of slice \(k)")
        if source.texts(tag).allSatisfy({ $0.count <= 16 }) { #expect(own == others, "\(tag) of slice \(k)") }
        #expect(copy.texts(tag).allSatisfy { $0.count <= 16 })
        #expect(copy.has(tag))
      }
      #expect(try copy.numbers(.nominalScannedPixelSpacing) == source.numbers(.pixelSpacing))
      for tag in [DICOMTag.rows, .columns, DICOMTag(0x0010, 0x0010), DICOMTag(0x0010, 0x0020)] {
        #expect(copy.raw(tag)?.bytes == source.raw(tag)?.bytes, "\(tag) of slice \(k)")
      }
      #expect(copy.text(.studyInstanceUID) == writer.identity.studyInstanceUID)
      #expect(copy.text(.frameOfReferenceUID) == writer.identity.frameOfReferenceUID)
      #expect(copy.text(.sopClassUID) == "1.2.840.10008.5.1.4.1.1.7")
      #expect(copy.text(.modality) == "OT" && copy.text(.conversionType) == "WSD")
      #expect(copy.texts(.imageType) == ["DERIVED", "SECONDARY"])
      #expect(copy.text(.burnedInAnnotation) == "NO" && copy.has(.laterality))
      #expect(copy.text(.derivationDescription)?.contains("Not for diagnosis") == true)
      #expect(try copy.integer(.instanceNumber) == k + 1 && copy.integer(.seriesNumber) == 9001)
      #expect(try copy.integer(.samplesPerPixel) == 3 && copy.integer(.planarConfiguration) == 0)
      #expect(copy.text(.photometricInterpretation) == "RGB")
      instances.insert(try #require(copy.text(.sopInstanceUID)))
      series.insert(try #require(copy.text(.seriesInstanceUID)))
      let slice = writer.source.slices[k]
      #expect(copy.raw(.pixelData)?.bytes == Self.colours(slice, k), "pixels of slice \(k)")
    }
    #expect(instances.count == pairs.count && series.count == 1)
    #expect(instances.union(series).allSatisfy { $0.hasPrefix("2.25.") && $0.utf8.count <= 64 })
  }

  @Test(
    "on a series without UIDs the study is generated once and the frame of reference kept",
    .enabled(if: FileManager.default.fileExists(atPath: DICOMData.ct), "no shared data"))
  func emptyUIDs() throws {
    let (writer, scratch, pairs) = try write(DICOMData.ct)
    defer { withExtendedLifetime(scratch) {} }
    try checkCommon(pairs, writer)
    #expect(writer.identity.studyInstanceUID.hasPrefix("2.25."))
    #expect(writer.identity.frameOfReferenceUID == writer.source.frameOfReferenceUID)
    #expect(writer.notes.contains { $0.contains(writer.identity.studyInstanceUID) })
    #expect(pairs.allSatisfy { $0.copy.root.items(.sourceImageSequence).isEmpty })
    #expect(pairs.map { $0.copy.root.text(.patientOrientation) } == Array(repeating: "L\\P", count: 20))
  }

  @Test("on a series with UIDs study and frame of reference are kept and the source instances referenced")
  func fullUIDs() throws {
    let scratch = try TemporaryDirectory()
    try scratch.write(
      (0..<4).map { index in
        var slice = SyntheticSlice(at: Double(6 - 2 * index), instance: index)
        slice.texts[.imageOrientationPatient] = ("DS", "1\\0\\0\\0\\0.9800665778\\0.1986693308")
        slice.position = [-10, -0.1986693308 * slice.position.z, 0.9800665778 * slice.position.z]
        slice.texts[DICOMTag(0x0010, 0x0010)] = ("PN", "Gro\u{DF}^M\u{FC}ller")
        slice.texts[.specificCharacterSet] = ("CS", "ISO_IR 192")
        return slice
      })
    let (writer, output, pairs) = try write(scratch.folder)
    defer { withExtendedLifetime(output) {} }
    try checkCommon(pairs, writer)
    #expect(writer.notes.isEmpty)
    #expect(writer.identity.studyInstanceUID == "1.2.3" && writer.identity.frameOfReferenceUID == "1.2.3.9")
    for (source, copy) in pairs {
      let items = copy.root.items(.sourceImageSequence)
      #expect(items.count == 1)
      #expect(items.first?.text(.referencedSOPClassUID) == "1.2.840.10008.5.1.4.1.1.2")
      #expect(items.first?.text(.referencedSOPInstanceUID) == source.root.text(.sopInstanceUID))
      #expect(copy.root.text(.patientOrientation) == "L\\PH")
      #expect(copy.root.text(DICOMTag(0x0010, 0x0010)) == "Gro\u{DF}^M\u{FC}ller")
    }
  }

  /// Three frames of one file, out of order.
  private static func enhanced() throws -> DICOMBuilder {
    let builder = try DICOMBuilder()
    try builder.set(.sopClassUID, "UI", "1.2.840.10008.5.1.4.1.1.2.1")
    for (tag, text) in SyntheticSlice(at: 0).texts
    where ![.sopClassUID, .imageOrientationPatient, .pixelSpacing].contains(tag) {
      try builder.set(tag, text.vr, text.value)
    }
    for (tag, number) in SyntheticSlice(at: 0).numbers { try builder.set(tag, number) }
    try builder.set(.rows, 3)
    try builder.set(.columns, 4)
    try builder.set(.numberOfFrames, "IS", "3")
    let shared = try builder.addItem(.sharedFunctionalGroupsSequence)
    try shared.addItem(DICOMTag(0x0028, 0x9110)).set(.pixelSpacing, "DS", "2\\0.5")
    try shared.addItem(DICOMTag(0x0020, 0x9116)).set(.imageOrientationPatient, "DS", "1\\0\\0\\0\\1\\0")
    for depth in [4, 0, 2] {
      let frame = try builder.addItem(DICOMTag(0x5200, 0x9230))
      try frame.addItem(DICOMTag(0x0020, 0x9113)).set(.imagePositionPatient, "DS", "-10\\-20\\\(depth)")
    }
    try builder.set(.pixelData, "OW", values: (0..<36).map { UInt16($0) })
    return builder
  }

  @Test("on frames of one file each capture lies where its frame does and refers to it")
  func frames() throws {
    let scratch = try TemporaryDirectory()
    try Self.enhanced().write(to: scratch.path("enhanced.dcm"))
    let (writer, output, pairs) = try write(scratch.folder)
    defer { withExtendedLifetime(output) {} }
    #expect(pairs.count == 3)
    for (k, copy) in pairs.map({ $0.copy.root }).enumerated() {
      #expect(try copy.numbers(.imagePositionPatient) == [-10, -20, Double(2 * k)])
      #expect(try copy.numbers(.imageOrientationPatient) == [1, 0, 0, 0, 1, 0])
      #expect(try copy.numbers(.pixelSpacing) == [2, 0.5] && copy.numbers(.sliceThickness) == [2])
      let source = copy.items(.sourceImageSequence).first
      #expect(source?.text(.referencedSOPInstanceUID) == writer.source.slices[k].sopInstanceUID)
      #expect(try source?.integer(DICOMTag(0x0008, 0x1160)) == [2, 3, 1][k])
    }
  }

  @Test(
    "on a mosaic each capture lies where its tile does",
    .enabled(if: FileManager.default.fileExists(atPath: DICOMData.encodings), "no shared data"))
  func mosaic() throws {
    let (writer, output, pairs) = try write(try #require(try DICOMData.files(DICOMData.encodings).first))
    defer { withExtendedLifetime(output) {} }
    #expect(pairs.count == 35)
    for (slice, copy) in zip(writer.source.slices, pairs.map({ $0.copy.root })) {
      let position = try #require(slice.plane?.position), found = try copy.numbers(.imagePositionPatient)
      #expect((SIMD3(found[0], found[1], found[2]) - position).length < 1e-9)
      #expect(copy.items(.sourceImageSequence).first?.has(DICOMTag(0x0008, 0x1160)) == false)
    }
  }

  @Test("series of one writer share the study and differ in series and instances")
  func severalTargets() throws {
    let scratch = try TemporaryDirectory()
    try scratch.write(
      (0..<2).map { index in
        var slice = SyntheticSlice(at: Double(index), instance: index)
        slice.texts[.studyInstanceUID] = nil
        slice.texts[.frameOfReferenceUID] = nil
        return slice
      })
    let series = try #require(try DICOMSeries.discover(in: [scratch.folder]).first)
    let writer = try SecondaryCaptureWriter(source: series)
    #expect(writer.notes.count == 2)
    let directory = try AtomicDirectory("\(scratch.folder)/out")
    var captures = [Self.capture, Self.capture]
    captures[1].folder = "sc_spleen"
    for capture in captures {
      try writer.write(capture, by: Self.software, into: directory) { Self.colours(series.slices[$0], $0) }
    }
    try directory.commit()
    let headers = try captures.flatMap { try DICOMData.files("\(scratch.folder)/out/\($0.folder)") }.map {
      try DICOMFile($0).root
    }
    #expect(headers.count == 4)
    #expect(Set(headers.map { $0.text(.studyInstanceUID) }) == [writer.identity.studyInstanceUID])
    #expect(Set(headers.map { $0.text(.frameOfReferenceUID) }) == [writer.identity.frameOfReferenceUID])
    #expect(Set(headers.map { $0.text(.seriesInstanceUID) }).count == 2)
    #expect(Set(headers.map { $0.text(.sopInstanceUID) }).count == 4)
  }

  @Test("a failure leaves nothing behind", arguments: ["wrong size", "error of the caller"])
  func failure(_ kind: String) throws {
    let scratch = try TemporaryDirectory()
    try scratch.write((0..<3).map { SyntheticSlice(at: Double($0), instance: $0) })
    let series = try #require(try DICOMSeries.discover(in: [scratch.folder]).first)
    let writer = try SecondaryCaptureWriter(source: series)
    do {
      let directory = try AtomicDirectory("\(scratch.folder)/out")
      #expect(throws: FormatError.self) {
        try writer.write(Self.capture, by: Self.software, into: directory) { k throws(FormatError) in
          if k < 2 { return Self.colours(series.slices[k], k) }
          if kind == "wrong size" { return [1, 2, 3] }
          throw FormatError(.writeFailed, "no picture")
        }
      }
    }
    #expect(try DICOMData.files(scratch.folder).count == 3)
  }
}
