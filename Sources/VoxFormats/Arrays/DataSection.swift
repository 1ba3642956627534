/// Where the numbers lie that a text header describes, and how they are encoded.
struct DataSection {
  /// How numbers became bytes.
  enum Encoding {
    /// As they lie in memory.
    case raw
    /// As they lie in memory, through gzip or zlib.
    case compressed
    /// Decimal, separated by white space.
    case text
    /// As they lie in memory, two digits per byte.
    case hexadecimal
  }

  var encoding = Encoding.raw
  /// Lines to pass over in each file, before anything is decompressed.
  var lineSkip = 0
  /// Bytes to pass over behind them, decompressed ones; `nil` where the numbers are the last bytes of the file.
  var byteSkip: Int? = 0
  /// Files that hold equal parts of the numbers; `nil` for numbers behind the header.
  var files: FileSequence?

  /// The numbers' bytes; of those written as text, in this machine's order.
  ///
  /// - Parameter header: stands behind the header.
  /// - Throws: ``FormatError`` when a file is missing or too short, before anything is allocated.
  func open(_ array: StoredArray, behind header: ByteSource) throws(FormatError) -> ByteSource {
    guard let files else {
      try position(header, array.count, of: array.type)
      guard encoding == .text || encoding == .hexadecimal else { return header }
      // Digits become numbers when they are asked for.
      let decoded = JoinedFiles(count: 1, size: array.byteCount) { _ throws(FormatError) in
        try decode(header, array.count, of: array.type)
      }
      return try ByteSource(decoded, name: header.name)
    }
    guard let path = header.path else {
      throw FormatError(.unsupported, "a header whose voxels lie in another file cannot be read from a pipe")
    }
    guard files.count > 0, array.count % files.count == 0 else {
      throw FormatError(.malformed, "expected files that share \(array.count) voxels, found \(files.count)")
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let (type, count) = (array.type, array.count / files.count)
    for index in 0..<files.count { _ = try part(files[index], in: folder, count, of: type) }
    let joined = JoinedFiles(count: files.count, size: count * type.size) { index throws(FormatError) in
      try decode(try part(files[index], in: folder, count, of: type), count, of: type)
    }
    return try ByteSource(joined, name: header.name)
  }

  /// A file of numbers, standing at the first.
  private func part(
    _ name: String, in folder: String, _ count: Int, of type: StoredType
  ) throws(FormatError) -> ByteSource {
    let path = name.hasPrefix("/") ? name : folder + name
    // A device or a pipe would never end, or wait for ever.
    guard try ByteSource.isRegularFile(path) else {
      throw FormatError(.unreadable, "expected a regular file of voxels, found something else", at: .file(path))
    }
    let source = try ByteSource(path: path, decompressing: false)
    do throws(FormatError) {
      try position(source, count, of: type)
    } catch {
      throw error.inside(.file(path))
    }
    return source
  }

  /// Moves to the first number, and checks that the source can hold all of them.
  private func position(_ source: ByteSource, _ count: Int, of type: StoredType) throws(FormatError) {
    for _ in 0..<lineSkip { try source.skipLine() }
    if encoding == .compressed { try source.decompressRest() }
    let size =
      switch encoding {
      case .raw, .compressed: count * type.size
      case .text: 2 * count - 1
      case .hexadecimal: 2 * count * type.size
      }
    if let byteSkip {
      try source.expect(byteSkip, of: "data to skip")
      try source.skip(byteSkip, of: "the bytes to skip")
      try source.expect(size, of: "voxels")
    } else {
      guard encoding == .raw, let remaining = source.remaining else {
        throw FormatError(.unsupported, "voxels at the end of compressed or piped bytes cannot be found")
      }
      try source.expect(size, of: "voxels")
      try source.skip(remaining - size, of: "the bytes before the voxels")
    }
  }

  private func decode(_ source: ByteSource, _ count: Int, of type: StoredType) throws(FormatError) -> ByteSource {
    do throws(FormatError) {
      switch encoding {
      case .raw, .compressed: return source
      case .text: return try ByteSource(undecompressed: try source.textNumbers(count, of: type), name: source.name)
      case .hexadecimal:
        return try ByteSource(undecompressed: try source.hexadecimalBytes(count * type.size), name: source.name)
      }
    } catch {
      throw files == nil ? error : error.inside(.file(source.name))
    }
  }
}
