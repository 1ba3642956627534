import VoxFormats
import VoxGrid
import VoxRender
import VoxStream

/// Takes a stream apart: the image and its labels first, then one attribution after the other.
///
/// Of the attributions one at a time is in memory.
struct CaseReader {
  private let reader: StreamReader
  private let target: Volume<Float>?
  private let threads: Int
  private var names = FileNames()
  private var waiting: StreamReader.Channel?
  private var read = 0

  /// Prepares to read the channels behind a header.
  ///
  /// - Parameter target: the scan whose grid everything is brought onto, taking the place of the stream's image; `nil`
  ///   to leave all where it is.
  init(_ reader: StreamReader, onto target: Volume<Float>?, threads: Int) {
    (self.reader, self.target, self.threads) = (reader, target, threads)
  }

  /// Reads up to the first attribution.
  ///
  /// - Throws: ``FormatError`` with code `malformed` when the stream has no image before its attributions.
  mutating func imageAndLabels() throws -> (image: Volume<Float>, labels: LabelMap?) {
    var (image, labels): (Volume<Float>?, LabelMap?) = (nil, nil)
    while let channel = try reader.next() {
      switch channel.description.role {
      case .image: image = target ?? channel.volume.float
      case .labels: labels = try brought(channel.labels())
      case .attribution: waiting = channel
      }
      if waiting != nil { break }
    }
    guard let image else {
      throw FormatError(.malformed, "expected an image as the first channel of the stream, found none")
    }
    return (image, labels)
  }

  private func brought(_ labels: consuming LabelMap) throws(GridError) -> LabelMap {
    guard let target else { return labels }
    return try labels.resampledNearest(onto: target.grid, fill: 0, threads: threads)
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
    let name = channel.description.target.map(reader.header.labels.name) ?? channel.description.name
    let resampled = try target.map { target throws(GridError) in
      try channel.volume.float.resampled(onto: target.grid, fill: 0, threads: threads)
    }
    let map = resampled ?? channel.volume.float
    let input = channel.description.input
    return Explanation(
      target: name, input: input, segment: channel.description.target.flatMap(Int32.init(exactly:)),
      method: channel.description.method, units: channel.description.units,
      fileName: names.name(for: input.map { "\(name)_\($0)" } ?? name),
      index: read, map: map, limit: OverlayStyle.limit(of: map))
  }
}

extension StreamHeader {
  /// Whether the image is in Hounsfield units: a scaled one is not, though its scan is.
  var isCT: Bool {
    guard let image = channels.first(where: { $0.role == .image }) else { return source?.modality == "CT" }
    return image.units == "HU"
  }

  /// Sets the unit of the image.
  mutating func setImageUnits(_ units: String?) {
    for index in channels.indices where channels[index].role == .image { channels[index].units = units }
  }
}
