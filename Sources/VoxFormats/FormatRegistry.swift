import VoxGrid

/// The formats of single volumes; a DICOM series is many files and stands beside them.
public enum FormatRegistry {
  /// One line per format; the first that recognises the bytes reads them.
  public static let all: [any ImageFormat.Type] = [
    NIfTIFormat.self,
    NRRDFormat.self,
    MetaImageFormat.self,
    RawFormat.self,
  ]

  /// How many bytes ``ImageFormat/recognizes(_:)`` sees.
  public static let prefixSize = 512

  /// Opens an image file.
  ///
  /// - Throws: ``FormatError`` that names the file.
  public static func open(
    path: String, _ options: ReadOptions = ReadOptions()
  ) throws(FormatError) -> any ImageReader {
    try open(ByteSource(path: named(path)?.entry(of: path) ?? path), options)
  }

  /// Opens an image in a file or a pipe whatever its name.
  ///
  /// - Throws: ``FormatError`` that names the source; `unsupported` for more voxels than the options allow.
  public static func open(
    _ source: ByteSource, _ options: ReadOptions = ReadOptions()
  ) throws(FormatError) -> any ImageReader {
    do throws(FormatError) {
      let reader = try format(of: source, options).open(source, options)
      try expect(reader.header, within: options.maxVoxels)
      return NamedReader(reader, source.name)
    } catch {
      throw error.inside(.file(source.name))
    }
  }

  /// Reads the only volume of an image file.
  ///
  /// - Throws: ``FormatError`` that names the file.
  public static func read(path: String) throws(FormatError) -> ScanImage { try open(path: path).onlyVolume() }

  /// Reads the only volume of an image.
  ///
  /// - Throws: ``FormatError`` that names the source.
  public static func read(_ source: ByteSource) throws(FormatError) -> ScanImage { try open(source).onlyVolume() }

  private static func expect(_ header: ImageHeader, within limit: Int) throws(FormatError) {
    let (count, overflow) = header.grid.count.multipliedReportingOverflow(by: header.volumes)
    guard !overflow, count <= limit else {
      let n = header.grid.dimensions
      throw FormatError(
        .unsupported,
        "expected at most \(limit) voxels (--max-voxels), found \(n.x)x\(n.y)x\(n.z)"
          + (header.volumes > 1 ? " times \(header.volumes) volumes" : ""))
    }
  }

  /// Whether a file is one of the formats, by its bytes or else by its name; if not, it is DICOM.
  ///
  /// - Throws: ``FormatError`` that names the file; `malformed` when it is neither.
  public static func recognizes(path: String) throws(FormatError) -> Bool {
    let format = named(path)
    let entry = format?.entry(of: path) ?? path
    do throws(FormatError) {
      let prefix = try ByteSource(path: entry).peek(prefixSize)
      if recognized(prefix) != nil { return true }
      if try DICOMStructure.isDICOM(entry) { return false }
      // The format itself says what is wrong with the file.
      if format != nil { return true }
      let known = (["DICOM"] + recognizable).joined(separator: ", ")
      throw FormatError(.malformed, "not a known image: expected \(known), found \(summary(of: prefix))")
    } catch {
      if case .file? = error.context.first { throw error }
      throw error.inside(.file(path))
    }
  }

  /// Whether a file name ends as those of one of the formats do.
  public static func isImage(named name: String) -> Bool { named(name) != nil }

  /// The formats that can be written.
  public static var writable: [any WritableImageFormat.Type] { all.compactMap { $0 as? any WritableImageFormat.Type } }

  /// The format a file name stands for when a volume is written; `nil` where the name's end is none of a format.
  public static func writable(for path: String) -> (any WritableImageFormat.Type)? {
    let name = path.lowercased()
    return writable.first { $0.writableExtensions.contains { name.hasSuffix("." + $0) } }
  }

  /// The format a file name stands for when a volume is read.
  private static func named(_ path: String) -> (any ImageFormat.Type)? {
    let name = path.lowercased()
    return all.first { $0.extensions.contains { name.hasSuffix("." + $0) } }
  }

  private static func format(
    of source: ByteSource, _ options: ReadOptions
  ) throws(FormatError) -> any ImageFormat.Type {
    if options.raw != nil { return RawFormat.self }
    let prefix = try source.peek(prefixSize)
    if let format = recognized(prefix) { return format }
    // The format itself says what is wrong with the file.
    if let path = source.path, let format = named(path) { return format }
    let known = recognizable.joined(separator: ", ")
    throw FormatError(.malformed, "expected an image (\(known)), found \(summary(of: prefix))", at: .offset(0))
  }

  /// The format of bytes; `nil` for DICOM too, whose preamble may hold the beginning of any other format.
  private static func recognized(_ prefix: [UInt8]) -> (any ImageFormat.Type)? {
    prefix.dropFirst(128).starts(with: "DICM".utf8) ? nil : all.first { $0.recognizes(prefix) }
  }

  /// Names of the formats that bytes can be recognised as; any bytes may be raw voxels.
  private static var recognizable: [String] { all.map { $0.name }.filter { $0 != RawFormat.name } }

  /// How a file begins, for messages.
  private static func summary(of prefix: [UInt8]) -> String {
    if prefix.isEmpty { return "no bytes at all" }
    let bytes = prefix.prefix(4).map { String($0, radix: 16) }.joined(separator: " ") + " (hexadecimal)"
    return "bytes \(bytes)" + (prefix.count < 132 ? ", \(prefix.count) in all" : "")
  }
}

extension ImageReader {
  /// The volume of an image that has one.
  ///
  /// - Throws: ``FormatError`` with code `unsupported` for several volumes.
  public func onlyVolume() throws(FormatError) -> ScanImage {
    guard header.volumes == 1 else {
      throw FormatError(.unsupported, "expected one volume, found \(header.volumes); choose one with ctx2nii --volume")
    }
    return try read(volume: 0)
  }
}

/// A reader whose errors name the source.
private final class NamedReader: ImageReader {
  private let reader: any ImageReader
  private let name: String

  var header: ImageHeader { reader.header }

  init(_ reader: any ImageReader, _ name: String) { (self.reader, self.name) = (reader, name) }

  func read(volume index: Int) throws(FormatError) -> ScanImage {
    do { return try reader.read(volume: index) } catch { throw error.inside(.file(name)) }
  }
}
