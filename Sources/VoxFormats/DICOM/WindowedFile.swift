import Glibc

/// Random access to a regular file through one small window, so that short reads near each other cost one system call.
struct WindowedFile {
  /// Bytes in the file.
  let count: Int

  private let descriptor: FileDescriptor
  private var window: [UInt8] = []
  private var start = 0

  private static let size = 1 << 14

  /// Opens a file.
  ///
  /// - Throws: ``FormatError`` with code `unreadable`, also for what is not a regular file.
  init(_ path: String) throws(FormatError) {
    descriptor = try FileDescriptor.reading(path)
    guard let length = descriptor.length else {
      throw FormatError(.unreadable, "expected a regular file", at: .file(path))
    }
    count = length
  }

  /// Reads bytes that lie inside the file.
  mutating func read(at offset: Int, count: Int) throws(FormatError) -> [UInt8] {
    if offset < start || offset + count > start + window.count {
      let wanted = min(max(Self.size, count), self.count - offset)
      var fresh = [UInt8](repeating: 0, count: max(0, wanted))
      let got = fresh.withUnsafeMutableBytes { pread(descriptor.raw, $0.baseAddress, $0.count, off_t(offset)) }
      guard got >= count else {
        let reason = got < 0 ? systemMessage() : "the file became shorter"
        throw FormatError(.unreadable, "reading failed: \(reason)", at: .offset(offset))
      }
      fresh.removeLast(fresh.count - got)
      (window, start) = (fresh, offset)
    }
    return Array(window[(offset - start)..<(offset - start + count)])
  }
}
