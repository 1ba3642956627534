import Glibc

/// A directory of results of which each file appears whole, and all of them only when every one was written.
///
/// Files go to a hidden directory. Where a directory of the name exists, or a link to one, the hidden one lies inside
/// and ``commit()`` moves its entries out one by one; else it lies beside and gets the name. Entries of the same name
/// are replaced, or kept and an error. Without a commit nothing is left.
public final class AtomicDirectory {
  /// The name the directory will have.
  public let path: String
  /// The hidden directory to write to.
  public let staging: String
  /// Whether entries of the same name are replaced.
  public let replaces: Bool
  private let isNew: Bool
  private var isCommitted = false

  /// Creates the hidden directory.
  ///
  /// - Parameter replaces: whether entries of the same name are replaced; else they are an error.
  /// - Throws: ``FormatError`` with code `cannotCreate`.
  public init(_ path: String, replaces: Bool = true) throws(FormatError) {
    (self.path, self.replaces) = (path, replaces)
    var status = stat()
    isNew = stat(path, &status) != 0
    if isNew {
      guard errno == ENOENT, lstat(path, &status) != 0 else {
        let reason = errno == ENOENT ? "it is a link that leads nowhere" : systemMessage()
        throw FormatError(.cannotCreate, "cannot be created: \(reason)", at: .file(path))
      }
    } else if status.st_mode & S_IFMT != S_IFDIR {
      throw FormatError(.cannotCreate, "expected a directory, found a file of that name", at: .file(path))
    }
    let hidden = StagedPaths.hiddenName(for: path, inside: !isNew)
    try StagedPaths.stage(hidden, for: path) { () throws(FormatError) in
      guard mkdir(hidden, 0o777) == 0 else {
        throw FormatError(.cannotCreate, "cannot be written to: \(systemMessage())", at: .file(path))
      }
    }
    staging = hidden
  }

  deinit {
    if !isCommitted { try? StagedPaths.release(staging) { removeTree(staging) } }
  }

  /// Where to write a file that will be `path/name`; directories in `name` are made.
  ///
  /// - Throws: ``FormatError`` with code `cannotCreate`, also for a name that is taken and not to be replaced.
  public func file(_ name: String) throws(FormatError) -> String {
    try expectFree(String(name.prefix { $0 != "/" }))
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
    try StagedPaths.release(staging) { () throws(FormatError) in
      if isNew {
        if rename(staging, path) == 0 { return }
        // Another process may have made the directory meanwhile.
        guard errno == EEXIST || errno == ENOTEMPTY else { throw cannotPlace(path) }
      }
      try moveEntries()
      removeTree(staging)
    }
    isCommitted = true
  }

  /// Throws where an entry of the directory has the name and may not be replaced.
  public func expectFree(_ name: String) throws(FormatError) {
    guard !replaces, !isNew, Self.isDirectory("\(path)/\(name)") != nil else { return }
    throw FormatError(
      .cannotCreate, "exists already and is kept; choose another directory, or replace it with --force",
      at: .file("\(path)/\(name)"))
  }

  /// Moves entries one by one; a directory of the same name as a new one is replaced as a whole.
  private func moveEntries() throws(FormatError) {
    let moves = entries(of: staging).map { (name: $0, from: "\(staging)/\($0)", to: "\(path)/\($0)") }
    for move in moves {
      try expectFree(move.name)
      guard let old = Self.isDirectory(move.to), let new = Self.isDirectory(move.from), old != new else { continue }
      throw FormatError(
        .writeFailed,
        "cannot be replaced: expected a \(new ? "directory" : "file"), found a \(old ? "directory" : "file")",
        at: .file(move.to))
    }
    for move in moves where rename(move.from, move.to) != 0 {
      let old = "\(staging)/.\(move.name).old"
      guard errno == EEXIST || errno == ENOTEMPTY, rename(move.to, old) == 0, rename(move.from, move.to) == 0 else {
        throw cannotPlace(move.to)
      }
    }
  }

  private func cannotPlace(_ path: String) -> FormatError {
    FormatError(.writeFailed, "cannot be put in place: \(systemMessage())", at: .file(path))
  }

  /// Whether a name is a directory, links not followed; `nil` where there is nothing.
  private static func isDirectory(_ path: String) -> Bool? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & S_IFMT == S_IFDIR : nil
  }
}
