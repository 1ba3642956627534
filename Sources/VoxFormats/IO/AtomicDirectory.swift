import Glibc

/// A directory of results of which each file appears whole, and all of them only when every one was written.
///
/// Files go to a hidden directory beside; ``commit()`` puts it in place, or, where a directory of the name exists,
/// moves its entries into it one by one, replacing those of the same name. Without a commit nothing is left.
public final class AtomicDirectory {
  /// The name the directory will have.
  public let path: String
  /// The hidden directory to write to.
  public let staging: String
  private var isCommitted = false

  /// Creates the hidden directory.
  ///
  /// - Throws: ``FormatError`` with code `cannotCreate`.
  public init(_ path: String) throws(FormatError) {
    self.path = path
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
      throw FormatError(.cannotCreate, "expected a directory, found a file of that name", at: .file(path))
    }
    staging = hiddenName(beside: path)
    guard mkdir(staging, 0o777) == 0 else {
      throw FormatError(.cannotCreate, "cannot be created: \(systemMessage())", at: .file(path))
    }
  }

  deinit { if !isCommitted { removeTree(staging) } }

  /// Where to write a file that will be `path/name`; directories in `name` are made.
  public func file(_ name: String) throws(FormatError) -> String {
    var directory = staging
    for part in name.split(separator: "/").dropLast() {
      directory += "/\(part)"
      guard mkdir(directory, 0o777) == 0 || errno == EEXIST else {
        throw FormatError(.cannotCreate, "cannot be created: \(systemMessage())", at: .file("\(path)/\(name)"))
      }
    }
    return "\(staging)/\(name)"
  }

  /// Makes the files appear.
  public func commit() throws(FormatError) {
    if rename(staging, path) != 0 {
      guard errno == EEXIST || errno == ENOTEMPTY else {
        throw FormatError(.writeFailed, "cannot be put in place: \(systemMessage())", at: .file(path))
      }
      try move(staging, into: path)
      removeTree(staging)
    }
    isCommitted = true
  }

  /// Moves files one by one; a directory of the same name as a new one is replaced as a whole.
  private func move(_ source: String, into target: String) throws(FormatError) {
    for name in entries(of: source) {
      let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
      if rename(from, to) == 0 { continue }
      let old = "\(source)/.\(name).old"
      guard errno == EEXIST || errno == ENOTEMPTY, rename(to, old) == 0, rename(from, to) == 0 else {
        throw FormatError(.writeFailed, "cannot be put in place: \(systemMessage())", at: .file(to))
      }
    }
  }
}

/// Names in a directory but `.` and `..`, sorted.
private func entries(of path: String) -> [String] {
  guard let directory = opendir(path) else { return [] }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}

private func removeTree(_ path: String) {
  for name in entries(of: path) where unlink("\(path)/\(name)") != 0 { removeTree("\(path)/\(name)") }
  rmdir(path)
}
