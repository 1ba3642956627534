public import VoxFormats
public import VoxGrid

/// Reads the pipe format channel by channel, so that nobody holds more than one channel.
///
/// A plain NIfTI of one volume is read as an image, one of two volumes as an image and its labels.
///
/// - Source: `voxplain(5)`.
public final class StreamReader {
  /// What the stream says of itself; for a plain NIfTI what its volumes must be.
  public let header: StreamHeader
  /// Whether the stream is a NIfTI that no command of the pipe made.
  public let isPlain: Bool
  /// The grid all channels share.
  public let grid: Grid
  /// The type the channels are stored in.
  public let datatype: NIfTIDatatype
  /// What a user should know.
  public let warnings: [String]

  private let nifti: NIfTIReader
  private let name: String
  private var read = 0

  /// One channel.
  public struct Channel: Sendable {
    /// What it holds.
    public let description: StreamHeader.Channel
    /// Its values.
    public let volume: AnyVolume

    /// What to call the stream in messages.
    let source: String

    /// The values as labels.
    ///
    /// - Throws: ``FormatError`` with code `malformed` when one is not an integer, or negative.
    public func labels() throws(FormatError) -> LabelMap {
      guard let labels = volume.labels else {
        throw FormatError(
          .malformed,
          "expected integers in the label map \"\(description.name)\", found other values; "
            + "label maps must be resampled with nearest neighbours",
          at: .file(source))
      }
      if let offset = labels.voxels.firstIndex(where: { $0 < 0 }) {
        let voxel = labels.grid.index(offset)
        throw FormatError(
          .malformed,
          "expected labels of 0 or more in the label map \"\(description.name)\", found \(labels.voxels[offset]) "
            + "at voxel \(voxel.x),\(voxel.y),\(voxel.z)",
          at: .file(source))
      }
      return labels
    }
  }

  /// Reads the header.
  ///
  /// - Throws: ``FormatError`` that names the source and the byte offset.
  public init(_ source: ByteSource) throws(FormatError) {
    name = source.name
    do throws(FormatError) {
      nifti = try NIfTIReader(source)
      let layout = nifti.header
      let stated = try StreamHeader.find(in: layout.extensions)
      header = if let stated { stated } else { try Self.plain(layout) }
      guard header.channels.count == layout.volumes else {
        throw FormatError(
          .malformed,
          "the header extension names \(header.channels.count) channels, the image has \(layout.volumes) volumes")
      }
      (isPlain, grid, datatype, warnings) = (stated == nil, layout.grid, layout.datatype, layout.warnings)
    } catch {
      throw error.inside(.file(source.name))
    }
  }

  /// The next channel; `nil` after the last.
  ///
  /// - Throws: ``FormatError`` when the stream ends early.
  public func next() throws(FormatError) -> Channel? {
    guard read < header.channels.count else { return nil }
    do throws(FormatError) {
      guard let volume = try nifti.next() else { return nil }
      read += 1
      return Channel(description: header.channels[read - 1], volume: volume, source: name)
    } catch {
      throw error.inside(.file(name))
    }
  }

  /// Passes over the next channel.
  public func skip() throws(FormatError) {
    guard read < header.channels.count else { return }
    do { try nifti.skip() } catch { throw error.inside(.file(name)) }
    read += 1
  }

  private static func plain(_ layout: NIfTIHeader) throws(FormatError) -> StreamHeader {
    let roles: [StreamHeader.Channel] = [
      .init(name: "image", role: .image),
      .init(name: "labels", role: .labels),
    ]
    guard layout.volumes <= roles.count else {
      throw FormatError(
        .unsupported,
        "expected a stream, or a NIfTI of one volume (image) or two (image, labels), found one of \(layout.volumes) "
          + "volumes without the header extension of voxplain(5)")
    }
    var header = StreamHeader(channels: Array(roles.prefix(layout.volumes)))
    header.labels = layout.labels ?? LabelTable()
    return header
  }
}
