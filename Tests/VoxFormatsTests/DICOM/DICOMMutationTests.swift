import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

/// Small files of every kind, damaged everywhere: each gives an error or a volume.
@Suite("damaged DICOM files of every encoding")
struct DICOMMutationTests {
  typealias Element = DICOMEncoder.Element

  struct Sample: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
  }

  private static func sample(
    _ name: String, _ uid: String, side: Int = 4, frames: Int = 1, bits: Int = 16,
    layout: DICOMEncoder.Layout = .explicitLittle, _ pixels: Element
  ) -> Sample {
    var image = DICOMEncoder.image(columns: side, rows: side, frames: frames, bits: bits)
    image[DICOMTag(0x0008, 0x2218)] = Element("SQ", .items([[.modality: Element("CS", .text("CT"))], [:]]))
    image[.pixelData] = pixels
    return Sample(testDescription: name, bytes: DICOMEncoder.file(image, as: "1.2.840.10008.1.2" + uid, layout))
  }

  private static var deflated: Sample {
    var image = DICOMEncoder.image(columns: 4, rows: 4)
    image[.pixelData] = Element("OW", .words(Array(0..<16)))
    let dataSet = DICOMEncoder.dataSet(image, .explicitLittle)
    let (low, high) = (UInt8(dataSet.count & 0xFF), UInt8(dataSet.count >> 8))
    let meta = DICOMEncoder.file([:], as: "1.2.840.10008.1.2.1.99")
    return Sample(testDescription: "deflated", bytes: meta + [1, low, high, ~low, ~high] + dataSet)
  }

  private static func run(_ frame: Int) -> [UInt8] {
    DICOMEncoder.runLengthEncoded((0..<16).map { UInt16(300 * frame + $0) })
  }

  static let samples: [Sample] = [
    sample("implicit", "", layout: .implicitLittle, Element("OW", .words(Array(0..<16)))),
    sample("big endian", ".2", layout: .explicitBig, Element("OW", .words(Array(0..<16)))),
    sample("frames in RLE", ".5", frames: 3, Element("OB", .fragments([[], run(0), run(1), run(2)]))),
    sample("JPEG-LS", ".4.80", side: 16, bits: 8, Element("OB", .fragments([[], CompressedStreams.jpegLS]))),
    sample("JPEG 2000", ".4.90", side: 32, bits: 8, Element("OB", .fragments([[], CompressedStreams.jpeg2000]))),
    deflated,
  ]

  /// Whether a file is read; an error is fine, a trap is not.
  private func reads(_ file: String) -> Bool {
    do throws(FormatError) {
      let list = try DICOMSeries.discover(in: [file])
      for series in list { _ = try series.load(DICOMLoadOptions(maxVoxels: 1 << 16)) }
      return !list.isEmpty
    } catch {
      return false
    }
  }

  @Test("a file cut off anywhere is refused", arguments: samples)
  func truncated(_ sample: Sample) throws {
    let scratch = try TemporaryDirectory()
    #expect(reads(try scratch.write(sample.bytes, as: "whole.dcm")))
    // Behind the data there may be padding.
    for bytes in Truncations(of: sample.bytes, header: sample.bytes.count - 9) {
      #expect(!reads(try scratch.write(bytes, as: "cut.dcm")), "cut off at byte \(bytes.count)")
    }
  }

  @Test("wrong bytes are an error or a volume", arguments: samples)
  func mutated(_ sample: Sample) throws {
    let scratch = try TemporaryDirectory()
    var read = 0
    for bytes in Mutations(of: sample.bytes, count: 1700, seed: 11) {
      if reads(try scratch.write(bytes, as: "mutated.dcm")) { read += 1 }
    }
    #expect(read > 0 && read < 1700)
  }
}
