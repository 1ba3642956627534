import Foundation
import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("Whom DICOM objects belong to, and what is true of their source")
struct DerivedIdentityTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private static let name = DICOMTag(0x0010, 0x0010)

  /// The headers of a capture, a segmentation and a map made of a series of two slices.
  private func written(
    isDeidentified: Bool = false, _ change: (inout SyntheticSlice) -> Void
  ) throws -> (identity: DerivedIdentity, headers: [DICOMElements]) {
    try folder.write(
      (0..<2).map { index in
        var slice = SyntheticSlice(at: Double(index), instance: index)
        change(&slice)
        return slice
      })
    let series = try #require(try DICOMSeries.discover(in: [folder.folder]).first)
    let identity = try DerivedIdentity(source: series, isDeidentified: isDeidentified)
    let (stack, software) = (try FrameStack(series, naming: identity), Software(name: "test", version: "1"))
    let directory = try AtomicDirectory(folder.path("out"))
    let capture = SecondaryCapture(folder: "sc", seriesDescription: "s", derivation: "d", seriesNumber: 1)
    let pixels = { @Sendable (k: Int) throws(FormatError) -> [UInt8] in
      [UInt8](repeating: 7, count: 3 * series.slices[k].rows * series.slices[k].columns)
    }
    let writer = try SecondaryCaptureWriter(source: series, identity: identity)
    try writer.write(capture, by: software, into: directory, pixels: pixels)
    try writer.writeMultiframe(capture, by: software, into: directory, pixels: pixels)
    let labels = LabelMap(grid: stack.grid, repeating: 3)
    try Segmentation(
      labels: labels, table: LabelTable([Label(value: 3, name: "Nière größer")]), algorithm: software,
      seriesDescription: "s", seriesNumber: 2
    ).write(to: directory.file("seg.dcm"), on: stack, identity: identity, software: software)
    try ParametricMap(
      map: labels.map { Float($0) }, quantity: "q", limit: 1, seriesDescription: "s", derivation: "d", seriesNumber: 3
    ).write(to: directory.file("pm.dcm"), on: stack, identity: identity, software: software)
    try directory.commit()
    let headers = try ["sc/0001", "sc", "seg", "pm"].map { try DICOMFile(folder.path("out/\($0).dcm")).root }
    return (identity, headers)
  }

  /// A character set, the bytes of a name, and what new objects make of it.
  struct Text: Sendable, CustomTestStringConvertible {
    let stated: String?
    let name: [UInt8]
    let expected: String?
    let segment: String
    let isSaid: Bool
    var testDescription: String { "\(stated ?? "none") \(name.count) bytes" }
  }

  static let texts = [
    Text(stated: nil, name: Array("DOE".utf8), expected: "ISO_IR 192", segment: "Nière größer", isSaid: false),
    Text(
      stated: "ISO_IR 192", name: Array("Müller".utf8), expected: "ISO_IR 192", segment: "Nière größer", isSaid: false),
    Text(stated: "ISO_IR 100", name: [0x4D, 0xFC], expected: "ISO_IR 100", segment: "Niere gro?er", isSaid: false),
    Text(stated: nil, name: Array("Müller".utf8), expected: "ISO_IR 192", segment: "Nière größer", isSaid: true),
    Text(stated: nil, name: [0x4D, 0xFC], expected: "ISO_IR 100", segment: "Niere gro?er", isSaid: true),
  ]

  @Test("text is in the character set that the file states", arguments: texts)
  func characterSets(_ text: Text) throws {
    let (identity, headers) = try written {
      if let stated = text.stated { $0.texts[.specificCharacterSet] = ("CS", stated) }
      $0.encoded[Self.name] = ("PN", text.name)
    }
    #expect(identity.notes.contains { $0.contains("character set") } == text.isSaid)
    for header in headers {
      #expect(header.text(.specificCharacterSet) == text.expected)
      #expect(header.raw(Self.name).map { Array($0.bytes.prefix(text.name.count)) } == text.name)
    }
    let segment = try #require(headers[2].items(DICOMTag(0x0062, 0x0002)).first)
    let bytes = try #require(segment.raw(DICOMTag(0x0062, 0x0005))?.bytes)
    #expect(String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespaces) == text.segment)
  }

  @Test("loss of compression and text in the pixels are the source's", arguments: [false, true])
  func history(isDeidentified: Bool) throws {
    let (identity, headers) = try written(isDeidentified: isDeidentified) {
      $0.texts[.burnedInAnnotation] = ("CS", "YES")
      $0.texts[.lossyImageCompression] = ("CS", "01")
      $0.texts[DICOMTag(0x0028, 0x2112)] = ("DS", "12")
    }
    #expect(headers.map { $0.text(.lossyImageCompression) } == ["01", "01", "01", "01"])
    #expect(headers.map { $0.text(DICOMTag(0x0028, 0x2112)) } == ["12", "12", "12", "12"])
    #expect(headers.map { $0.text(.burnedInAnnotation) } == ["YES", "YES", nil, "NO"])
    #expect(identity.notes.contains { $0.contains("burnt into its pixels") } == isDeidentified)
  }

  @Test(
    "an animal's species and a trial's subject go along, and not where nothing of the patient may",
    arguments: [false, true])
  func furtherAttributes(isDeidentified: Bool) throws {
    let tags = [DICOMTag(0x0010, 0x2201), DICOMTag(0x0010, 0x2297), DICOMTag(0x0012, 0x0040)]
    let (_, headers) = try written(isDeidentified: isDeidentified) { slice in
      for tag in tags { slice.texts[tag] = ("LO", "known") }
    }
    for header in headers {
      #expect(tags.map { header.text($0) } == tags.map { _ in isDeidentified ? nil : "known" })
    }
  }

  @Test("pixels lie where those of the source do on its own slices alone", arguments: [true, false])
  func places(isOnSlices: Bool) throws {
    try folder.write((0..<2).map { SyntheticSlice(at: Double($0), instance: $0) })
    let series = try #require(try DICOMSeries.discover(in: [folder.folder]).first)
    let (identity, grid) = (try DerivedIdentity(source: series), try #require(series.grid))
    let stack = isOnSlices ? try FrameStack(series, naming: identity) : try FrameStack(grid, naming: identity)
    let software = Software(name: "test", version: "1")
    try ParametricMap(
      map: Volume(grid: stack.grid, repeating: 1), quantity: "q", limit: 1, seriesDescription: "s", derivation: "d",
      seriesNumber: 3
    ).write(to: folder.path("pm.out"), on: stack, identity: identity, software: software)
    let frame = try #require(try DICOMFile(folder.path("pm.out")).root.items(.perFrameFunctionalGroupsSequence).first)
    let source = frame.items(DICOMTag(0x0008, 0x9124)).first?.items(DICOMTag(0x0008, 0x2112)).first
    #expect(try #require(source).text(DICOMTag(0x0028, 0x135A)) == (isOnSlices ? "YES" : "NO"))
  }

  @Test("decimal strings of a source that are too long come rounded")
  func longNumbers() throws {
    let (_, headers) = try written {
      $0.texts[.imageOrientationPatient] = (
        "DS", "0.29552020666133955\\0.955336489125606\\0\\-0.955336489125606\\0.29552020666133955\\0"
      )
    }
    let texts = headers[0].texts(.imageOrientationPatient)
    #expect(texts.count == 6 && texts.allSatisfy { $0.count <= 16 })
    #expect(try abs(headers[0].numbers(.imageOrientationPatient)[0] - 0.29552020666133955) < 1e-12)
  }
}
