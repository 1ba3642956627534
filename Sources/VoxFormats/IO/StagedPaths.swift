import Glibc
import Synchronization

/// Hidden files and directories of results that are not in place yet, of the whole process.
///
/// Whoever ends the process beside the flow of the program, as a signal does, removes them here first. They are made,
/// put in place and removed under one lock, so that none is made behind the back of ``removeAll(then:)``.
public enum StagedPaths {
  /// The hidden names, and the names that users know them by.
  private static let paths = Mutex<[String: String]>([:])

  /// Removes everything hidden and ends the process; nothing can be staged or put in place any more.
  public static func removeAll(then end: () -> Never) -> Never {
    paths.withLock { paths in
      for path in paths.keys where unlink(path) != 0 {
        // Another thread may still be writing into the directory.
        for _ in 0..<100 where !removeTree(path) { usleep(1000) }
      }
      end()
    }
  }

  /// Makes something hidden and remembers it.
  ///
  /// - Parameter path: the name the user gave.
  static func stage<Made: Sendable>(
    _ hidden: String, for path: String, by make: () throws(FormatError) -> Made
  ) throws(FormatError) -> Made {
    try paths.withLock { paths throws(FormatError) in
      let made = try make()
      paths[hidden] = path
      return made
    }
  }

  /// Puts something hidden in its place or removes it, and forgets it; after a failure it is still remembered.
  static func release(_ hidden: String, by action: () throws(FormatError) -> Void) throws(FormatError) {
    try paths.withLock { paths throws(FormatError) in
      try action()
      paths[hidden] = nil
    }
  }

  /// The name by which a user knows a file, which may lie in a hidden directory.
  static func visibleName(of path: String) -> String {
    paths.withLock { paths in
      for (hidden, visible) in paths where path.hasPrefix(hidden + "/") {
        return visible + (visible.hasSuffix("/") ? "" : "/") + path.dropFirst(hidden.count + 1)
      }
      return path
    }
  }

  /// A hidden name that no other process uses, in the same directory as the path or, with `inside`, in the path itself.
  static func hiddenName(for path: String, inside: Bool = false) -> String {
    let unique = "\(getpid())-\(UInt32.random(in: 0 ... .max)).partial"
    if inside { return "\(path)\(path.hasSuffix("/") ? "" : "/").voxplain.\(unique)" }
    var directory = "", name = path
    while name.hasSuffix("/") && name.count > 1 { name.removeLast() }
    if let slash = name.lastIndex(of: "/") {
      directory = String(name[...slash])
      name = String(name[name.index(after: slash)...])
    }
    // File systems take names of up to 255 bytes.
    while name.utf8.count > 200 { name.removeLast() }
    return "\(directory).\(name).\(unique)"
  }
}

/// Names in a directory but `.` and `..`, sorted.
func entries(of path: String) -> [String] {
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

/// Removes a directory with everything in it; whether nothing of it is left.
@discardableResult
func removeTree(_ path: String) -> Bool {
  for name in entries(of: path) where unlink("\(path)/\(name)") != 0 { removeTree("\(path)/\(name)") }
  return rmdir(path) == 0 || errno == ENOENT
}
