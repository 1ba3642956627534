import Glibc

/// The bytes of a DICOM file, or of its inflated data set, as a walk goes through them from front to back.
///
/// What the walk asks for stays in memory; what it passes over is not even read, but for what lies in the same block.
struct DICOMBytes {
  /// Bytes in all; beyond any offset while the end of deflated data has not been seen.
  private(set) var count: Int
  /// The bytes that were asked for, in the order of the file.
  private(set) var kept = ContiguousArray<UInt8>()

  private let source: Source
  /// Offset in the data less the place in `kept`, of the bytes read last.
  private var shift = 0
  private var block = 1 << 14

  private enum Source {
    case file(FileDescriptor)
    case deflated(Inflater)
  }

  /// No header of an image inflates to more.
  static let inflatedLimit = 1 << 28

  /// Reads a file as it is stored.
  init(_ file: FileDescriptor, count: Int) { (source, self.count) = (.file(file), count) }

  /// Inflates what follows an offset of a file; that is offset 0 here.
  init(inflating file: FileDescriptor, from offset: Int) throws(FormatError) {
    guard lseek(file.raw, off_t(offset), SEEK_SET) == off_t(offset) else {
      throw FormatError(.unreadable, "reading failed: \(systemMessage())", at: .offset(offset))
    }
    (source, count) = (.deflated(try Inflater(stored: [], from: file, at: 0, framing: .none)), 1 << 60)
  }

  /// Whether nothing lies at an offset.
  mutating func isAtEnd(_ offset: Int) throws(FormatError) -> Bool {
    if offset >= count { return true }
    if case .deflated = source, offset >= kept.count + shift { return try !load(offset, 1) }
    return false
  }

  /// The place in ``kept`` of bytes that lie in the data.
  ///
  /// - Parameter offset: not before one that was passed over.
  /// - Throws: ``FormatError``: `unreadable`; `malformed` where deflated data end early or are damaged.
  @inline(__always)
  mutating func place(of offset: Int, count: Int) throws(FormatError) -> Int {
    if offset + count > kept.count + shift {
      guard try load(offset, count) else {
        throw FormatError(
          .malformed, "expected \(count) bytes, found \(max(0, self.count - offset)): the file is damaged or cut off",
          at: .offset(offset))
      }
    }
    return offset - shift
  }

  /// Bytes of a file without keeping them, or fewer at its end.
  func glance(at offset: Int, count: Int) throws(FormatError) -> [UInt8] {
    if offset >= shift, offset + count <= kept.count + shift {
      return Array(kept[(offset - shift)..<(offset - shift + count)])
    }
    guard case .file(let file) = source else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FormatError) -> Int in
      try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
    bytes.removeLast(count - got)
    return bytes
  }

  /// Reads on until the bytes are kept; false where the data end before.
  private mutating func load(_ offset: Int, _ wanted: Int) throws(FormatError) -> Bool {
    guard offset + wanted <= count else { return false }
    if offset > kept.count + shift { try pass(to: offset) }
    while kept.count + shift < offset + wanted {
      let end = kept.count + shift
      let got = try append(min(block, count - end), at: end)
      block = min(2 * block, 1 << 18)
      if got == 0 {
        count = end
        return false
      }
    }
    return true
  }

  private mutating func append(_ size: Int, at offset: Int) throws(FormatError) -> Int {
    let old = kept.count
    kept.append(contentsOf: repeatElement(0, count: size))
    let source = source
    let got = try kept.withUnsafeMutableBufferPointer { (bytes) throws(FormatError) -> Int in
      let fresh = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[old...])
      return try Self.read(source, into: fresh, at: offset)
    }
    kept.removeLast(size - got)
    return got
  }

  private static func read(
    _ source: Source, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(FormatError) -> Int {
    switch source {
    case .file(let file):
      let got = try file.read(into: buffer, at: offset)
      guard got == buffer.count else {
        throw FormatError(.unreadable, "reading failed: the file became shorter", at: .offset(offset + got))
      }
      return got
    case .deflated(let inflater):
      guard offset <= inflatedLimit else {
        throw FormatError(.malformed, "expected data elements before pixels, found more than 256 MiB of them deflated")
      }
      return try inflater.read(into: buffer)
    }
  }

  private mutating func pass(to offset: Int) throws(FormatError) {
    if case .deflated = source {
      // Deflated bytes must be gone through, and are not kept.
      var end = kept.count + shift
      let mark = kept.count
      while end < offset {
        let got = try append(min(1 << 16, offset - end), at: end)
        kept.removeLast(kept.count - mark)
        if got == 0 { throw FormatError(.malformed, "the deflated data end early", at: .offset(end)) }
        end += got
      }
    }
    shift = offset - kept.count
  }
}
