import VoxCommand
import VoxFormats
import VoxGrid

/// A scan that can be read: a DICOM series or an image.
enum Scan {
  case series(DICOMSeries)
  case image(ImageOperand)

  /// Reads the voxels.
  ///
  /// - Parameter volume: which volume of an image with several, the first being 1.
  func load(volume: Int? = nil, _ options: ReadOptions, _ dicom: DICOMLoadOptions) throws -> ScanImage {
    switch self {
    case .series(let series):
      if let volume, volume > 1 {
        throw CommandError(.usage, "--volume \(volume): a DICOM series is one volume; choose another with --series")
      }
      return try series.load(dicom)
    case .image(let operand):
      let reader = try operand.open(options)
      let count = reader.header.volumes
      guard count == 1 || volume != nil else {
        throw CommandError(
          .usage, "\(operand.name): expected one volume, found \(count); choose one with --volume 1 to \(count)")
      }
      guard (1...count).contains(volume ?? 1) else {
        throw CommandError(.usage, "\(operand.name): --volume \(volume ?? 1): expected 1 to \(count)")
      }
      return try reader.read(volume: (volume ?? 1) - 1)
    }
  }
}

extension Scan {
  /// The grid the scan has when it is read; no voxel is.
  func grid(_ options: ReadOptions, tilt: TiltPolicy) throws -> Grid {
    switch self {
    case .series(let series):
      return try series.grid(DICOMLoadOptions(maxVoxels: options.maxVoxels, tilt: tilt))
    case .image(let operand): return try operand.open(options).header.grid
    }
  }
}

extension Scan {
  /// What the scanner did.
  func sidecar(of image: ScanImage) throws -> Sidecar {
    if case .series(let series) = self { try Sidecar(of: series) } else { Sidecar(of: image) }
  }
}

/// An image as a user names it.
enum ImageOperand {
  case file(String)
  /// A pipe or a device, which is opened once: what was read to recognise it would be gone.
  case stream(ByteSource)
  case standardInput

  /// What to call the image: of a file the last part of its path.
  var name: String {
    switch self {
    case .file(let path): path.split(separator: "/").last.map(String.init) ?? path
    case .stream(let source): source.name
    case .standardInput: "-"
    }
  }

  /// Reads the header.
  func open(_ options: ReadOptions) throws -> any ImageReader {
    switch self {
    case .file(let path): try FormatRegistry.open(path: path, options)
    case .stream(let source): try FormatRegistry.open(source, options)
    case .standardInput: try FormatRegistry.open(ByteSource.open("-"), options)
    }
  }
}

/// The scans in a command's inputs: images as named, then DICOM series as discovered.
struct ScanList {
  let scans: [Scan]
  /// The DICOM files that were searched; `nil` where the inputs are images alone.
  let discovery: DICOMDiscovery?
  private let inputs: [String]
  private let options: ReadOptions

  /// Looks into every input.
  ///
  /// - Throws: ``FormatError``; ``CommandError`` with status 66 when there is no scan.
  init(_ inputs: [String], _ options: ReadOptions) throws {
    var (images, dicom): ([Scan], [String]) = ([], [])
    for input in inputs {
      if input == "-" {
        images.append(.image(.standardInput))
      } else if try ByteSource.isDirectory(input) {
        dicom.append(input)
      } else if try !ByteSource.isRegularFile(input) {
        images.append(.image(.stream(try ByteSource(path: input))))
      } else if try options.raw != nil || FormatRegistry.recognizes(path: input) {
        images.append(.image(.file(input)))
      } else {
        dicom.append(input)
      }
    }
    discovery = dicom.isEmpty ? nil : try DICOMDiscovery(in: dicom, threads: options.threads)
    scans = images + (discovery?.series ?? []).map(Scan.series)
    (self.inputs, self.options) = (inputs, options)
    guard !scans.isEmpty else {
      if let problem = discovery?.problems.first { throw problem }
      throw CommandError(
        .missingInput,
        "\(inputs.joined(separator: ", ")): expected a scan, found no DICOM image; name a directory "
          + "with DICOM files, or an image file itself")
    }
  }

  /// The scan a user chose; the only one where there is no choice.
  ///
  /// - Throws: ``CommandError`` with status 64 that lists the scans; ``FormatError`` for a damaged file beside those of
  ///   the series, whose slice it may be.
  func chosen(by selection: String?) throws -> Scan {
    let scan = try selected(selection)
    if case .series(let series) = scan, var problem = discovery?.problems(beside: series).first {
      problem.message += "; it lies beside the series and may be a slice of it: mend it, or move it away"
      throw problem
    }
    return scan
  }

  private func selected(_ selection: String?) throws -> Scan {
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

  /// One line per scan, and one per file that could not be read.
  var entries: [ScanListEntry] {
    get throws {
      try scans.enumerated().map { try ScanListEntry(index: $0.offset + 1, $0.element, options) }
        + (discovery?.problems ?? []).map(ScanListEntry.init(unreadable:))
    }
  }

  private var table: String { get throws { ScanListEntry.tsv(try entries) } }
}
