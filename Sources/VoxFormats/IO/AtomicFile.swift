import Glibc

/// A file that appears under its name whole or not at all.
///
/// Bytes go to a hidden file in the same directory; ``commit()`` flushes it to the disk and renames it. Without a
/// commit it is removed. A name that is not a regular file, such as `/dev/null`, is written in place.
public final class AtomicFile {
  /// The name the file will have.
  public let path: String

  let descriptor: FileDescriptor
  private let temporary: String?
  private var isCommitted = false

  /// Creates the hidden file.
  ///
  /// - Throws: ``FormatError`` with code `cannotCreate`.
  public init(_ path: String) throws(FormatError) {
    self.path = path
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      guard status.st_mode & S_IFMT != S_IFDIR else {
        throw FormatError(.cannotCreate, "expected a file name, found a directory", at: .file(path))
      }
      let raw = open(path, O_WRONLY | O_CLOEXEC)
      guard raw >= 0 else { throw FormatError(.cannotCreate, "cannot be opened: \(systemMessage())", at: .file(path)) }
      (descriptor, temporary) = (FileDescriptor(raw), nil)
      return
    }
    let hidden = hiddenName(beside: path)
    do { descriptor = try FileDescriptor.creating(hidden) } catch {
      throw FormatError(error.code, error.message, at: .file(path))
    }
    temporary = hidden
  }

  deinit { if let temporary, !isCommitted { unlink(temporary) } }

  /// Writes bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    do { try descriptor.write(bytes) } catch { throw error.inside(.file(path)) }
  }

  /// Makes the file appear.
  public func commit() throws(FormatError) {
    do { try descriptor.synchronize() } catch { throw error.inside(.file(path)) }
    guard let temporary, !isCommitted else { return }
    guard rename(temporary, path) == 0 else {
      throw FormatError(.writeFailed, "cannot be put in place: \(systemMessage())", at: .file(path))
    }
    isCommitted = true
  }
}

/// A name in the same directory that no other process uses.
func hiddenName(beside path: String) -> String {
  var directory = "", name = path
  while name.hasSuffix("/") && name.count > 1 { name.removeLast() }
  if let slash = name.lastIndex(of: "/") {
    directory = String(name[...slash])
    name = String(name[name.index(after: slash)...])
  }
  return "\(directory).\(name).\(getpid())-\(UInt32.random(in: 0 ... .max)).partial"
}
