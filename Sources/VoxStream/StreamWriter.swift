public import VoxFormats
public import VoxGrid

/// Writes the pipe format channel by channel, so that nobody holds more than one channel.
///
/// - Source: `voxplain(5)`.
public final class StreamWriter {
  /// The type every channel is written in.
  public let type: VoxelType

  private let header: StreamHeader
  private let nifti: NIfTIWriter
  private var written = 0

  /// Writes the header.
  ///
  /// - Parameters:
  ///   - header: one entry per channel to come.
  ///   - grid: the grid all channels share.
  ///   - type: the image's own for an image alone; 32-bit float once there are attributions.
  ///   - extensions: further header extensions, after the stream's own.
  /// - Throws: ``FormatError`` when the header cannot be stored or written.
  public init(
    _ header: StreamHeader, grid: Grid, type: VoxelType = .float32, extensions: [NIfTIExtension] = [],
    to sink: ByteSink
  ) throws(FormatError) {
    (self.header, self.type) = (header, type)
    let text = NIfTIExtension(code: NIfTIExtension.comment, bytes: try header.json())
    let layout = NIfTIHeader(grid: grid, volumes: header.channels.count, type: type, extensions: [text] + extensions)
    guard layout.voxelOffset <= NIfTIHeader.highestOffset else {
      throw FormatError(
        .unsupported, "the stream header takes \(text.bytes.count) bytes, room is for \(NIfTIHeader.highestOffset)")
    }
    nifti = try NIfTIWriter(layout, to: sink)
  }

  /// Writes the next channel; values are converted to ``type``.
  ///
  /// - Throws: ``FormatError`` with code `unsupported` when a value does not fit the type; `writeFailed`, `closedPipe`.
  public func write(_ volume: AnyVolume) throws(FormatError) {
    if written < header.channels.count, header.channels[written].role == .labels, type == .float32 {
      try Self.expectExact(volume)
    }
    try nifti.write(volume.converted(to: type))
    written += 1
  }

  /// Writes the next channel.
  public func write(_ volume: Volume<Float>) throws(FormatError) { try write(.float32(volume)) }

  /// Writes the next channel.
  public func write(_ labels: LabelMap) throws(FormatError) { try write(.int32(labels)) }

  /// Hands on everything; a file appears under its name.
  public func finish() throws(FormatError) { try nifti.finish() }

  /// Labels must come back as they went in.
  private static func expectExact(_ volume: AnyVolume) throws(FormatError) {
    guard case .int32(let labels) = volume else { return }
    if let value = labels.voxels.first(where: { abs(Int($0)) > 1 << 24 }) {
      throw FormatError(.unsupported, "the label \(value) is no exact 32-bit float; labels go up to \(1 << 24)")
    }
  }
}
