import VoxFormats
import VoxGrid
import VoxStream

/// Takes a stream apart: the image and its labels first, then one attribution after the other.
///
/// Of the attributions one at a time is in memory.
struct CaseReader {
  private let reader: StreamReader
  private var names = FileNames()
  private var waiting: StreamReader.Channel?
  private var read = 0

  /// Prepares to read the channels behind a header.
  init(_ reader: StreamReader) { self.reader = reader }

  /// Reads up to the first attribution.
  ///
  /// - Throws: ``FormatError`` with code `malformed` when the stream has no image before its attributions.
  mutating func imageAndLabels() throws -> (image: Volume<Float>, labels: LabelMap?) {
    var (image, labels): (Volume<Float>?, LabelMap?) = (nil, nil)
    while let channel = try reader.next() {
      switch channel.description.role {
      case .image: image = channel.volume.float
      case .labels: labels = try channel.labels()
      case .attribution: waiting = channel
      }
      if waiting != nil { break }
    }
    guard let image else {
      throw FormatError(.malformed, "expected an image as the first channel of the stream, found none")
    }
    return (image, labels)
  }

  /// The next attribution; `nil` at the end of the stream.
  ///
  /// - Throws: ``FormatError`` when the stream ends early, or an image or a label map follows an attribution.
  mutating func nextExplanation() throws -> Explanation? {
    guard let channel = try waiting ?? reader.next() else { return nil }
    waiting = nil
    guard channel.description.role == .attribution else {
      throw FormatError(
        .malformed,
        "expected image and labels before all attributions, found channel \"\(channel.description.name)\" after one")
    }
    defer { read += 1 }
    let target = channel.description.target.map(reader.header.labels.name) ?? channel.description.name
    return Explanation(
      target: target, segment: channel.description.target.flatMap(Int32.init(exactly:)),
      method: channel.description.method, fileName: names.name(for: target), index: read, map: channel.volume.float)
  }
}

extension StreamHeader {
  /// Whether the image is in Hounsfield units.
  var isCT: Bool { source?.modality == "CT" || channels.contains { $0.role == .image && $0.units == "HU" } }
}
