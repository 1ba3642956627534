import VoxGrid

/// A `.raw` file of voxels beside the header that describes them.
enum DetachedVoxels {
  /// Writes `NAME.raw` for `NAME.nhdr` or the like, little-endian.
  ///
  /// - Returns: the name without its folder, for the header.
  static func write(_ volume: AnyVolume, beside header: String) throws(FormatError) -> String {
    let base = header.lastIndex(of: ".").map { String(header[..<$0]) } ?? header
    let path = base + ".raw"
    let sink = try ByteSink(path: path)
    try sink.write(volume)
    try sink.finish()
    return String(path.split(separator: "/").last ?? path[...])
  }
}
