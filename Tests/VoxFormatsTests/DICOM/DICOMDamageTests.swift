import Foundation
import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("damaged DICOM files")
struct DICOMDamageTests {
  /// Whether a file is read; an error is fine, a trap is not.
  private func reads(_ file: String) -> Bool {
    do throws(FormatError) {
      let list = try DICOMSeries.discover(in: [file])
      for series in list { _ = try series.load() }
      return !list.isEmpty
    } catch {
      return false
    }
  }

  private func mutated(_ bytes: [UInt8], seed: UInt64) -> [UInt8] {
    var (bytes, generator) = (bytes, SeededGenerator(seed: seed))
    // Most lengths and tags lie in the header.
    let reach = seed % 2 == 0 ? bytes.count : min(bytes.count, 4000)
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      bytes[Int.random(in: 132..<reach, using: &generator)] =
        [0, 1, 0x7F, 0x80, 0xFF, UInt8(seed & 0xFF)]
        .randomElement(using: &generator) ?? 0
    }
    return bytes
  }

  @Test("a file cut off anywhere is refused")
  func truncatedSynthetic() throws {
    let scratch = try TemporaryDirectory()
    var slice = SyntheticSlice(at: 0)
    slice.texts[.sliceThickness] = ("DS", "5")
    let whole = try slice.bytes
    #expect(reads(try scratch.write(whole, as: "whole.dcm")))
    for length in 0..<whole.count {
      #expect(!reads(try scratch.write(Array(whole.prefix(length)), as: "cut.dcm")), "cut off at byte \(length)")
    }
  }

  @Test("lengths beyond the file name the offset and what is there")
  func lengthBeyondFile() throws {
    let scratch = try TemporaryDirectory()
    let whole = try SyntheticSlice(at: 0).bytes
    let file = try scratch.write(Array(whole.dropLast(10)), as: "cut.dcm")
    let error = #expect(throws: FormatError.self) { try DICOMSeries.discover(in: [file]) }
    #expect(error?.code == .malformed)
    let place = "cut.dcm: byte \(whole.count - 36): tag (7fe0,0010)"
    #expect(error?.description.contains(place) == true, "\(error as Any)")
    #expect(error?.message.contains("expected 24 bytes, found 14") == true)
  }

  @Test("nesting without end is refused")
  func nesting() throws {
    let scratch = try TemporaryDirectory()
    let builder = try DICOMBuilder()
    try builder.set(.sopClassUID, "UI", "1.2.3")
    try builder.set(.sopInstanceUID, "UI", "1.2.3.4")
    var item = builder
    for _ in 0..<100 { item = try item.addItem(DICOMTag(0x0040, 0xA730)) }
    try item.set(.modality, "CS", "SR")
    var bytes: [UInt8] = []
    try builder.encoded { bytes = Array($0) }
    let file = try scratch.write(bytes, as: "deep.dcm")
    let error = #expect(throws: FormatError.self) { try DICOMSeries.discover(in: [file]) }
    #expect(error?.message.contains("nested items") == true)
  }

  @Test(
    "unsupported transfer syntaxes are named",
    arguments: [
      ("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000"), ("1.2.840.10008.1.2.4.102", "MPEG-4"),
      ("1.2.840.10008.1.2.9.99", "unknown"),
    ])
  func transferSyntax(_ uid: String, _ name: String) throws {
    let scratch = try TemporaryDirectory()
    var slice = SyntheticSlice(at: 0)
    slice.texts[.sliceThickness] = ("DS", "5")
    let old = Array("1.2.840.10008.1.2.1\0".utf8)
    var bytes = try slice.bytes
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: old) })
    // The length before the value and that of the group grow with the value.
    let new = Array(uid.utf8) + (uid.utf8.count % 2 == 0 ? [] : [0])
    bytes.replaceSubrange(place..<(place + old.count), with: new)
    bytes[place - 2] = UInt8(new.count)
    bytes[140] += UInt8(new.count - old.count)
    let file = try scratch.write(bytes, as: "compressed.dcm")
    let error = #expect(throws: FormatError.self) {
      for series in try DICOMSeries.discover(in: [file]) { _ = try series.load() }
    }
    #expect(error?.code == .unsupported)
    #expect(error?.description.contains("compressed.dcm") == true)
    #expect(error?.message.contains(uid) == true && error?.message.contains(name) == true, "\(error as Any)")
  }

  @Test(
    "real files cut off at many places are refused",
    .enabled(if: FileManager.default.fileExists(atPath: DICOMData.transferSyntaxes), "no shared data"))
  func truncatedReal() throws {
    let scratch = try TemporaryDirectory()
    for file in try DICOMData.files(DICOMData.transferSyntaxes) + DICOMData.files(DICOMData.encodings) {
      let whole = try DICOMData.bytes(file)
      for part in 1..<40 {
        let length = whole.count * part / 40
        #expect(!reads(try scratch.write(Array(whole.prefix(length)), as: "cut.dcm")), "\(file) cut at \(length)")
      }
    }
  }

  @Test(
    "real files with wrong bytes do not trap",
    .enabled(if: FileManager.default.fileExists(atPath: DICOMData.transferSyntaxes), "no shared data"), arguments: 0..<5
  )
  func mutatedReal(file index: Int) throws {
    let scratch = try TemporaryDirectory()
    let files = try DICOMData.files(DICOMData.transferSyntaxes)
    let whole = try DICOMData.bytes(try #require(files.count == 5 ? files[index] : nil))
    var read = 0
    for seed in 0..<60 {
      if reads(try scratch.write(mutated(whole, seed: UInt64(seed)), as: "mutated.dcm")) { read += 1 }
    }
    // Some bytes mean nothing, some everything.
    #expect(read > 0 && read < 60)
  }
}
