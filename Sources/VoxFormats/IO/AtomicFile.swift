import Glibc

/// A file that appears under its name whole or not at all.
///
/// Bytes go to a hidden file in the same directory; ``commit()`` flushes it to the disk and renames it. Without a
/// commit it is removed. A name that is not a regular file, such as `/dev/null`, is written in place.
public final class AtomicFile {
  /// The name the file will have.
  public let path: String

  /// What to call the file in messages: in a directory of results its name once they are in place.
  let name: String
  let descriptor: FileDescriptor
  private let temporary: String?
  private var isCommitted = false

  /// Creates the hidden file.
  ///
  /// - Throws: ``FormatError`` with code `cannotCreate`.
  public init(_ path: String) throws(FormatError) {
    let name = StagedPaths.visibleName(of: path)
    (self.path, self.name) = (path, name)
    var status = stat()
    let exists = stat(path, &status) == 0
    guard exists || errno == ENOENT else {
      throw FormatError(.cannotCreate, "cannot be created: \(systemMessage())", at: .file(name))
    }
    guard !path.hasSuffix("/"), !exists || status.st_mode & S_IFMT != S_IFDIR else {
      throw FormatError(.cannotCreate, "expected a file name, found a directory", at: .file(name))
    }
    if exists, status.st_mode & S_IFMT != S_IFREG {
      let raw = open(path, O_WRONLY | O_CLOEXEC)
      guard raw >= 0 else { throw FormatError(.cannotCreate, "cannot be opened: \(systemMessage())", at: .file(name)) }
      (descriptor, temporary) = (FileDescriptor(raw), nil)
      return
    }
    let hidden = StagedPaths.hiddenName(for: path)
    do throws(FormatError) {
      descriptor = try StagedPaths.stage(hidden, for: name) { () throws(FormatError) in
        try FileDescriptor.creating(hidden)
      }
    } catch {
      throw FormatError(error.code, error.message, at: .file(name))
    }
    temporary = hidden
  }

  deinit {
    if let temporary, !isCommitted { try? StagedPaths.release(temporary) { unlink(temporary) } }
  }

  /// Writes bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    do { try descriptor.write(bytes) } catch { throw error.inside(.file(name)) }
  }

  /// Makes the file appear.
  public func commit() throws(FormatError) {
    do { try descriptor.synchronize() } catch { throw error.inside(.file(name)) }
    guard let temporary, !isCommitted else { return }
    try StagedPaths.release(temporary) { () throws(FormatError) in
      guard rename(temporary, path) == 0 else {
        throw FormatError(.writeFailed, "cannot be put in place: \(systemMessage())", at: .file(name))
      }
    }
    isCommitted = true
  }
}
