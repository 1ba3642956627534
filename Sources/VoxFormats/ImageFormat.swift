/// A way to store a volume as bytes.
///
/// A format is one type in a folder of its own and one line in ``FormatRegistry``.
public protocol ImageFormat: Sendable {
  /// What users call it.
  static var name: String { get }

  /// Ends of file names without the leading dot.
  static var extensions: [String] { get }

  /// Whether bytes begin like a file of this format.
  ///
  /// - Parameter prefix: up to ``FormatRegistry/prefixSize`` uncompressed bytes.
  static func recognizes(_ prefix: [UInt8]) -> Bool

  /// The file to begin with, where a user may name another of several that belong together.
  static func entry(of path: String) -> String

  /// Reads one volume.
  static func read(_ source: ByteSource) throws(FormatError) -> ScanImage
}

extension ImageFormat {
  public static func entry(of path: String) -> String { path }
}

/// A format that can also be written.
public protocol WritableImageFormat: ImageFormat {
  /// Ends of file names that can be written, without the leading dot.
  static var writableExtensions: [String] { get }

  /// Writes one volume and finishes the sink.
  static func write(_ image: ScanImage, to sink: ByteSink) throws(FormatError)
}
