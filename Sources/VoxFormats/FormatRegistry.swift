/// The formats of single volumes; a DICOM series is many files and stands beside them.
public enum FormatRegistry {
  /// One line per format; the first that recognises the bytes reads them.
  public static let all: [any ImageFormat.Type] = [
    NIfTIFormat.self
  ]

  /// How many bytes ``ImageFormat/recognizes(_:)`` sees.
  public static let prefixSize = 512

  /// Reads a volume from a file.
  ///
  /// - Throws: ``FormatError`` that names the file.
  public static func read(path: String) throws(FormatError) -> ScanImage {
    let name = path.lowercased()
    let format = all.first { $0.extensions.contains { name.hasSuffix("." + $0) } }
    return try read(ByteSource(path: format?.entry(of: path) ?? path))
  }

  /// Reads a volume from a file or a pipe whatever its name.
  ///
  /// - Throws: ``FormatError`` that names the source.
  public static func read(_ source: ByteSource) throws(FormatError) -> ScanImage {
    do throws(FormatError) {
      return try format(of: source).read(source)
    } catch {
      throw error.inside(.file(source.name))
    }
  }

  /// Whether a file begins like one of the formats.
  public static func recognizes(path: String) throws(FormatError) -> Bool {
    let name = path.lowercased()
    let entry = all.first { $0.extensions.contains { name.hasSuffix("." + $0) } }?.entry(of: path) ?? path
    let prefix = try ByteSource(path: entry).peek(prefixSize)
    return all.contains { $0.recognizes(prefix) }
  }

  /// The format a file name stands for when a volume is written.
  ///
  /// - Throws: ``FormatError`` with code `cannotCreate` that lists what can be written.
  public static func writable(for path: String) throws(FormatError) -> any WritableImageFormat.Type {
    let name = path.lowercased()
    let writable = all.compactMap { $0 as? any WritableImageFormat.Type }
    if let format = writable.first(where: { $0.writableExtensions.contains { name.hasSuffix("." + $0) } }) {
      return format
    }
    let known = writable.flatMap { $0.writableExtensions }.map { "." + $0 }.joined(separator: ", ")
    throw FormatError(.cannotCreate, "expected a file name that ends in one of \(known)", at: .file(path))
  }

  private static func format(of source: ByteSource) throws(FormatError) -> any ImageFormat.Type {
    let prefix = try source.peek(prefixSize)
    if let format = all.first(where: { $0.recognizes(prefix) }) { return format }
    let known = all.map { $0.name }.joined(separator: ", ")
    throw FormatError(
      .malformed,
      prefix.isEmpty
        ? "expected an image (\(known)), found no bytes at all"
        : "expected an image (\(known)), found bytes "
          + prefix.prefix(4).map { String($0, radix: 16) }.joined(separator: " ") + " (hexadecimal)",
      at: .offset(0))
  }
}
