internal import CLinux
import Glibc

/// An open file of the operating system, closed when the last reference goes.
final class FileDescriptor: ByteFeed, @unchecked Sendable {
  /// The number the operating system gave it.
  let raw: Int32
  private let isOwned: Bool

  /// Takes over an open descriptor; a borrowed one (standard input and output) is left open.
  init(_ raw: Int32, owned: Bool = true) { (self.raw, isOwned) = (raw, owned) }

  deinit { if isOwned { close(raw) } }

  /// Opens a file for reading.
  static func reading(_ path: String) throws(FormatError) -> FileDescriptor {
    let raw = open(path, O_RDONLY | O_CLOEXEC)
    guard raw >= 0 else {
      throw FormatError(.unreadable, "cannot be opened: \(systemMessage())", at: .file(path))
    }
    return FileDescriptor(raw)
  }

  /// Makes a new file that must not exist yet.
  static func creating(_ path: String) throws(FormatError) -> FileDescriptor {
    let raw = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard raw >= 0 else {
      throw FormatError(.cannotCreate, "cannot be created: \(systemMessage())", at: .file(path))
    }
    return FileDescriptor(raw)
  }

  /// Bytes in a regular file; `nil` for a pipe or a device.
  var length: Int? {
    var status = stat()
    guard fstat(raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Whether the descriptor is a directory.
  var isDirectory: Bool {
    var status = stat()
    return fstat(raw, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Reads up to the size of `buffer`; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FormatError) -> Int {
    while true {
      let count = Glibc.read(raw, buffer.baseAddress, min(buffer.count, 1 << 30))
      if count >= 0 { return count }
      if errno != EINTR { throw FormatError(.unreadable, "reading failed: \(systemMessage())") }
    }
  }

  /// Reads from an offset until `buffer` is full or the file ends; the descriptor's own place does not matter.
  ///
  /// - Returns: how many bytes were read.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FormatError) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(raw, rest.baseAddress, min(rest.count, 1 << 30), off_t(offset + done))
      if count == 0 { break }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw FormatError(.unreadable, "reading failed: \(systemMessage())", at: .offset(offset + done))
      }
    }
    return done
  }

  /// Writes every byte.
  ///
  /// What goes to a disk starts on its way there at once, so that ``synchronize()`` has little to wait for.
  func write(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    var rest = bytes
    while rest.count > 0 {
      let count = Glibc.write(raw, rest.baseAddress, min(rest.count, 1 << 23))
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        if count == 1 << 23 { _ = clinux_start_writeback(raw) }
      } else if errno == EPIPE {
        throw FormatError(.closedPipe, "the program reading the output has ended")
      } else if errno != EINTR {
        throw FormatError(.writeFailed, "writing failed: \(systemMessage())")
      }
    }
  }

  /// Waits until the bytes are on the disk; devices and pipes that cannot are passed over.
  func synchronize() throws(FormatError) {
    if fsync(raw) != 0, errno != EINVAL, errno != EROFS, errno != ENOTSUP {
      throw FormatError(.writeFailed, "writing to the disk failed: \(systemMessage())")
    }
  }
}

/// What the operating system says of the last failed call, such as `No such file or directory`.
func systemMessage(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
