import Glibc

/// Regular files in directories, each directory and file once however links lead to it.
///
/// - Complexity: one system call per directory entry at most; files are not opened.
struct FileTree {
  /// In sorted order per directory.
  private(set) var files: [File] = []
  /// Why parts of the tree could not be searched.
  private(set) var problems: [FormatError] = []

  /// A file and whether it was named rather than found.
  struct File: Sendable {
    var path: String
    var isNamed: Bool
  }

  private var visited: Set<Identity> = []

  private struct Identity: Hashable {
    var device: UInt
    var inode: UInt

    init(_ status: stat) { (device, inode) = (UInt(status.st_dev), UInt(status.st_ino)) }
    init(device: UInt, inode: UInt) { (self.device, self.inode) = (device, inode) }
  }

  /// Lists files and searches directories.
  ///
  /// - Throws: ``FormatError`` with code `unreadable` for a named file or directory.
  init(_ inputs: [String]) throws(FormatError) {
    for input in inputs {
      let status = try Self.status(input)
      if status.st_mode & S_IFMT != S_IFDIR {
        add(File(path: input, isNamed: true), Identity(status))
      } else if visited.insert(Identity(status)).inserted {
        try search(input, device: UInt(status.st_dev))
      }
    }
  }

  private mutating func search(_ directory: String, device: UInt) throws(FormatError) {
    for entry in try Self.entries(of: directory) {
      let path = directory.hasSuffix("/") ? directory + entry.name : "\(directory)/\(entry.name)"
      do throws(FormatError) {
        if entry.kind == DT_REG, !entry.name.unicodeScalars.contains("\u{fffd}") {
          add(File(path: path, isNamed: false), Identity(device: device, inode: entry.inode))
          continue
        }
        // A directory may be another device's, a link leads anywhere, some file systems do not say what it is, and
        // of a file with an illegible name the status cannot be had.
        guard [DT_REG, DT_DIR, DT_LNK, DT_UNKNOWN].contains(entry.kind) else { continue }
        let status = try Self.status(path)
        if status.st_mode & S_IFMT == S_IFREG {
          add(File(path: path, isNamed: false), Identity(status))
        } else if status.st_mode & S_IFMT == S_IFDIR, visited.insert(Identity(status)).inserted {
          try search(path, device: UInt(status.st_dev))
        }
      } catch {
        problems.append(error)
      }
    }
  }

  private mutating func add(_ file: File, _ identity: Identity) {
    if visited.insert(identity).inserted { files.append(file) }
  }

  private struct Entry {
    var name: String
    var kind: Int
    var inode: UInt
  }

  private static func entries(of directory: String) throws(FormatError) -> [Entry] {
    guard let stream = opendir(directory) else { throw unreadable(directory) }
    defer { closedir(stream) }
    var entries: [Entry] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name == "." || name == ".." { continue }
      entries.append(Entry(name: name, kind: Int(entry.pointee.d_type), inode: UInt(entry.pointee.d_ino)))
    }
    return entries.sorted { $0.name < $1.name }
  }

  private static func status(_ path: String) throws(FormatError) -> stat {
    var status = stat()
    guard stat(path, &status) == 0 else { throw unreadable(path) }
    return status
  }

  /// The failure of a file that cannot be had: a slice passed over in silence would be missing.
  private static func unreadable(_ path: String) -> FormatError {
    let reason = systemMessage()
    // Bytes that are not UTF-8 were replaced, so the name leads nowhere.
    let hint = path.unicodeScalars.contains("\u{fffd}") ? "; rename it, its name is expected in UTF-8" : ""
    return FormatError(.unreadable, "cannot be opened: \(reason)\(hint)", at: .file(path))
  }
}
