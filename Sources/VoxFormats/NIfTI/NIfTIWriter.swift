public import VoxGrid

/// Writes a single-file NIfTI volume by volume.
public final class NIfTIWriter {
  /// What was written at the beginning.
  public let header: NIfTIHeader

  private let sink: ByteSink
  private var remaining: Int

  /// Writes the header.
  public init(_ header: NIfTIHeader, to sink: ByteSink) throws(FormatError) {
    (self.header, self.sink, remaining) = (header, sink, header.volumes)
    try sink.write(header.encoded)
  }

  /// Writes the next volume.
  ///
  /// - Precondition: the volume has the header's dimensions and type, and the header announced it.
  public func write(_ volume: AnyVolume) throws(FormatError) {
    precondition(remaining > 0, "the header announces \(header.volumes) volumes")
    precondition(
      volume.grid.dimensions == header.grid.dimensions && NIfTIDatatype(volume.type) == header.datatype,
      "a volume must have the dimensions and the type its header announces")
    remaining -= 1
    try sink.write(volume)
  }

  /// Hands on everything; a file appears under its name.
  ///
  /// - Precondition: every volume the header announced was written.
  public func finish() throws(FormatError) {
    precondition(remaining == 0, "\(remaining) volumes the header announces were not written")
    try sink.finish()
  }
}
