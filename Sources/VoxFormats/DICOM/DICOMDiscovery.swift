import Glibc

extension DICOMSeries {
  /// Finds every series in files and directories, which are searched recursively.
  ///
  /// Files in directories that do not begin as DICOM does are passed over, as are DICOM files without an image. Images
  /// without a series UID form one series per study, modality and frame of reference.
  ///
  /// - Returns: by rising series number, then UID, then file name.
  /// - Throws: ``FormatError``: `unreadable`, for a listed name that leads nowhere too; `malformed` for a DICOM file that is damaged, wherever it lies, and for a
  ///   named file that is not DICOM.
  /// - Complexity: reads every header, no pixels.
  public static func discover(in inputs: [String]) throws(FormatError) -> [DICOMSeries] {
    var groups: [DICOMSlice.SeriesIdentity: [[DICOMSlice]]] = [:]
    for path in try FileTree.files(in: inputs) {
      guard let slice = try DICOMSlice(DICOMFile(path)) else { continue }
      var stacks = groups[slice.identity] ?? []
      if let index = stacks.firstIndex(where: { $0[0].stacks(with: slice) }) {
        stacks[index].append(slice)
      } else {
        stacks.append([slice])
      }
      groups[slice.identity] = stacks
    }
    return groups.values.joined().map(DICOMSeries.init).sorted { $0.rank < $1.rank }
  }

  private var rank: (Int, String, String) {
    (seriesNumber ?? .max, seriesInstanceUID ?? "", slices.map(\.path).min() ?? "")
  }
}

extension DICOMSlice {
  fileprivate func stacks(with other: DICOMSlice) -> Bool {
    guard rows == other.rows, columns == other.columns else { return false }
    return switch (plane, other.plane) {
    case (let own?, let other?): own.matches(other)
    case (nil, nil): true
    default: false
    }
  }
}

/// Regular files in directories, each directory and file once however links lead to it.
private struct FileTree {
  private var found: [String] = []
  private var visited: Set<Identity> = []

  private struct Identity: Hashable {
    var device: UInt
    var inode: UInt
  }

  /// Lists DICOM files in sorted order per directory.
  static func files(in inputs: [String]) throws(FormatError) -> [String] {
    var tree = FileTree()
    for input in inputs {
      guard let status = Self.status(input) else {
        throw Self.unreadable(input)
      }
      if status.st_mode & S_IFMT == S_IFDIR {
        try tree.search(input, status)
      } else {
        tree.add(input, status)
      }
    }
    return tree.found
  }

  private mutating func search(_ directory: String, _ status: stat) throws(FormatError) {
    guard visited.insert(Self.identity(status)).inserted else { return }
    guard let stream = opendir(directory) else {
      throw FormatError(.unreadable, "cannot be opened: \(systemMessage())", at: .file(directory))
    }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    closedir(stream)
    for name in names.sorted() {
      let path = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
      guard let status = Self.status(path) else { throw Self.unreadable(path) }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try search(path, status)
      case S_IFREG: if try DICOMStructure.isDICOM(path) { add(path, status) }
      default: break
      }
    }
  }

  private mutating func add(_ path: String, _ status: stat) {
    if visited.insert(Self.identity(status)).inserted { found.append(path) }
  }

  /// The failure of a file whose status cannot be had: a slice passed over in silence would be missing.
  private static func unreadable(_ path: String) -> FormatError {
    let reason = systemMessage()
    // Bytes that are not UTF-8 were replaced, so the name leads nowhere.
    let hint = path.unicodeScalars.contains("\u{fffd}") ? "; rename it, its name is expected in UTF-8" : ""
    return FormatError(.unreadable, "cannot be opened: \(reason)\(hint)", at: .file(path))
  }

  private static func status(_ path: String) -> stat? {
    var status = stat()
    return stat(path, &status) == 0 ? status : nil
  }

  private static func identity(_ status: stat) -> Identity {
    Identity(device: UInt(status.st_dev), inode: UInt(status.st_ino))
  }
}
