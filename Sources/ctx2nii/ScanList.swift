import VoxCommand
import VoxFormats
import VoxGrid

/// A scan that can be read: a DICOM series or an image.
enum Scan {
  case series(DICOMSeries)
  case file(String)
  /// A pipe or a device, which is opened once: what was read to recognise it would be gone.
  case stream(ByteSource)
  case standardInput

  /// Reads the voxels.
  func load(threads: Int) throws -> ScanImage {
    switch self {
    case .series(let series): try series.load(threads: threads)
    case .file(let path): try FormatRegistry.read(path: path)
    case .stream(let source): try FormatRegistry.read(source)
    case .standardInput: try FormatRegistry.read(ByteSource.open("-"))
    }
  }
}

/// The scans in a command's inputs: images as named, then DICOM series as discovered.
struct ScanList {
  let scans: [Scan]
  private let inputs: [String]

  /// Looks into every input.
  ///
  /// - Throws: ``FormatError``; ``CommandError`` with status 66 when there is no scan.
  init(_ inputs: [String]) throws {
    var (images, dicom): ([Scan], [String]) = ([], [])
    for input in inputs {
      if input == "-" {
        images.append(.standardInput)
      } else if try ByteSource.isDirectory(input) {
        dicom.append(input)
      } else if try !ByteSource.isRegularFile(input) {
        images.append(.stream(try ByteSource(path: input)))
      } else if try FormatRegistry.recognizes(path: input) {
        images.append(.file(input))
      } else {
        dicom.append(input)
      }
    }
    scans = images + (dicom.isEmpty ? [] : try DICOMSeries.discover(in: dicom).map(Scan.series))
    self.inputs = inputs
    guard !scans.isEmpty else {
      throw CommandError(
        .missingInput,
        "\(inputs.joined(separator: ", ")): expected a scan, found no DICOM image; name a directory "
          + "with DICOM files, or an image file itself")
    }
  }

  /// The scan a user chose; the only one where there is no choice.
  ///
  /// - Throws: ``CommandError`` with status 64 that lists the scans.
  func chosen(by selection: String?) throws -> Scan {
    guard let selection else {
      if scans.count == 1 { return scans[0] }
      throw CommandError(.usage, "expected one scan, found \(scans.count); choose one with --series:\n\(try table)")
    }
    if let index = Int(selection), scans.indices.contains(index - 1) { return scans[index - 1] }
    let matching = scans.filter {
      if case .series(let series) = $0 { series.seriesInstanceUID == selection } else { false }
    }
    if matching.count == 1 { return matching[0] }
    let found = matching.isEmpty ? "none" : "\(matching.count) parts that need an index"
    throw CommandError(.usage, "expected the series \(selection), found \(found) among:\n\(try table)")
  }

  private var table: String {
    get throws { ScanListEntry.tsv(try scans.enumerated().map { try ScanListEntry(index: $0.offset + 1, $0.element) }) }
  }
}
