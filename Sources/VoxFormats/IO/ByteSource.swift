import Glibc
import VoxGrid

/// Bytes read one after the other from a file, several files, standard input or memory; gzip is undone on the way.
///
/// Offsets count uncompressed bytes. Not safe to use from several threads at once.
public final class ByteSource {
  /// The file's path; `nil` for standard input and memory.
  public let path: String?
  /// What to call the source in messages.
  public let name: String
  /// Uncompressed bytes handed out so far.
  public private(set) var offset = 0
  /// Whether the bytes are stored compressed from here on.
  public private(set) var isCompressed = false

  /// Where the bytes come from that are not yet read ahead; `nil` for memory.
  private var feed: (any ByteFeed)?
  /// Bytes read ahead and not yet handed out.
  private var ahead: ArraySlice<UInt8>
  /// An offset that the source cannot pass; `nil` for a pipe.
  private var end: Int?

  private init(
    _ feed: (any ByteFeed)?, path: String?, name: String, ahead: [UInt8] = [], end: Int?, decompressing: Bool = true
  ) throws(FormatError) {
    (self.feed, self.path, self.name, self.ahead, self.end) = (feed, path, name, ahead[...], end)
    if decompressing, try peek(2) == [0x1f, 0x8b] { try decompressRest() }
  }

  /// Opens a file.
  ///
  /// - Parameter decompressing: whether gzip is undone; without it the bytes come as they are stored.
  /// - Throws: ``FormatError`` with code `unreadable` when it is missing, a directory or not readable.
  public convenience init(path: String, decompressing: Bool = true) throws(FormatError) {
    let descriptor = try FileDescriptor.reading(path)
    guard !descriptor.isDirectory else {
      throw FormatError(.unreadable, "expected a file, found a directory", at: .file(path))
    }
    do throws(FormatError) {
      try self.init(descriptor, path: path, name: path, end: descriptor.length, decompressing: decompressing)
    } catch {
      throw error.inside(.file(path))
    }
  }

  /// Reads from an open descriptor, such as standard input's 0; the descriptor stays open.
  public convenience init(descriptor: Int32, name: String) throws(FormatError) {
    let descriptor = FileDescriptor(descriptor, owned: false)
    try self.init(descriptor, path: nil, name: name, end: descriptor.length)
  }

  /// Reads from memory.
  public convenience init(_ bytes: [UInt8], name: String = "memory") throws(FormatError) {
    try self.init(nil, path: nil, name: name, ahead: bytes, end: bytes.count)
  }

  /// Reads from memory, gzip or not, as the bytes are.
  convenience init(undecompressed bytes: [UInt8], name: String) throws(FormatError) {
    try self.init(nil, path: nil, name: name, ahead: bytes, end: bytes.count, decompressing: false)
  }

  /// Reads several files one after the other, as they are.
  convenience init(_ files: JoinedFiles, name: String) throws(FormatError) {
    try self.init(files, path: nil, name: name, end: files.count * files.size, decompressing: false)
  }

  /// Undoes gzip or zlib from here on; for formats with a plain header before compressed data.
  public func decompressRest() throws(FormatError) {
    feed = try Inflater(stored: ahead, from: feed, at: offset)
    ahead = []
    isCompressed = true
    // Deflate's highest ratio.
    let room = end.map { ($0 - offset).multipliedReportingOverflow(by: 1032) }
    if let room { end = room.overflow ? nil : room.partialValue.addingReportingOverflow(offset).partialValue }
  }

  /// Bytes up to the end where that is known: not for a pipe, nor for compressed bytes.
  var remaining: Int? { isCompressed ? nil : end.map { $0 - offset } }

  /// The next bytes without consuming them; fewer than `count` only at the end.
  public func peek(_ count: Int) throws(FormatError) -> [UInt8] {
    while ahead.count < count {
      var more = [UInt8](repeating: 0, count: max(count, 4096))
      let got = try more.withUnsafeMutableBufferPointer { buffer throws(FormatError) in
        try refill(UnsafeMutableRawBufferPointer(buffer))
      }
      if got == 0 { break }
      ahead = ahead + more.prefix(got)
    }
    return Array(ahead.prefix(count))
  }

  /// Reads until `buffer` is full or the source ends.
  ///
  /// - Returns: how many bytes were read.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(FormatError) -> Int {
    var done = min(buffer.count, ahead.count)
    buffer.copyBytes(from: ahead.prefix(done))
    ahead = ahead.dropFirst(done)
    defer { offset += done }
    while done < buffer.count {
      let got = try refill(UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
      if got == 0 { break }
      done += got
    }
    return done
  }

  /// Reads exactly `count` values as they lie in the file.
  ///
  /// - Parameter what: what the bytes are, for the message when they are missing.
  /// - Throws: ``FormatError`` with code `malformed` that names the offsets when the source ends early.
  public func values<Value: BitwiseCopyable>(
    _ count: Int, as type: Value.Type, of what: String
  ) throws(FormatError) -> [Value] {
    let (start, size) = (offset, MemoryLayout<Value>.stride)
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow, count >= 0 else {
      throw FormatError(.malformed, "\(what) has an impossible size of \(count) values", at: .offset(start))
    }
    try expect(byteCount, of: what)
    do throws(FormatError) {
      try MachineMemory.require(byteCount, for: what)
    } catch {
      throw error.inside(.offset(offset))
    }
    var failure: FormatError?
    let values = [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
      let bytes = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: byteCount)
      do throws(FormatError) {
        initialized = try read(into: bytes) / size
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    guard values.count == count else { throw truncated(what, start: start, expected: byteCount) }
    return values
  }

  /// Reads exactly `count` bytes.
  public func bytes(_ count: Int, of what: String) throws(FormatError) -> [UInt8] {
    try values(count, as: UInt8.self, of: what)
  }

  /// Reads everything that is left.
  ///
  /// - Throws: ``FormatError`` with code `malformed` when it is more than `limit` bytes.
  public func rest(upTo limit: Int, of what: String) throws(FormatError) -> [UInt8] {
    var all: [UInt8] = []
    while case let block = try peek(1 << 16), !block.isEmpty {
      try skip(block.count, of: what)
      all += block
      guard all.count <= limit else {
        throw FormatError(.malformed, "expected at most \(limit) bytes of \(what), found more")
      }
    }
    return all
  }

  /// Everything in a file, gzip undone.
  ///
  /// - Throws: ``FormatError`` that names the file; with code `malformed` when it is more than `limit` bytes.
  public static func contents(of path: String, upTo limit: Int) throws(FormatError) -> [UInt8] {
    let source = try ByteSource(path: path)
    do { return try source.rest(upTo: limit, of: "the file") } catch { throw error.inside(.file(path)) }
  }

  /// Whether a name is a directory's.
  ///
  /// - Throws: ``FormatError`` with code `unreadable` when there is nothing of this name.
  public static func isDirectory(_ path: String) throws(FormatError) -> Bool {
    try type(of: path) == S_IFDIR
  }

  /// Whether a name is a regular file's, which can be opened again and again; a pipe's cannot.
  ///
  /// - Throws: ``FormatError`` with code `unreadable` when there is nothing of this name.
  public static func isRegularFile(_ path: String) throws(FormatError) -> Bool {
    try type(of: path) == S_IFREG
  }

  /// The type bits of a file's mode, links followed.
  private static func type(of path: String) throws(FormatError) -> mode_t {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw FormatError(.unreadable, "cannot be opened: \(systemMessage())", at: .file(path))
    }
    return status.st_mode & S_IFMT
  }

  /// Whether there is a file of this name.
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Reads and drops `count` bytes.
  public func skip(_ count: Int, of what: String) throws(FormatError) {
    let ready = min(max(0, count), ahead.count)
    ahead = ahead.dropFirst(ready)
    offset += ready
    var rest = count - ready
    while rest > 0 {
      let step = min(rest, 1 << 20)
      _ = try bytes(step, of: what)
      rest -= step
    }
  }

  /// Throws when the source cannot hold `count` further bytes, before anyone allocates room for them.
  ///
  /// A file is bounded by its length, a compressed one by deflate's highest ratio (1032:1); a pipe has no bound.
  public func expect(_ count: Int, of what: String) throws(FormatError) {
    guard let end, count > end - offset else { return }
    let found =
      isCompressed
      ? "compressed data that hold \(end - offset) at the most" : "the end of the file at byte \(end)"
    throw FormatError(
      .malformed,
      "expected \(count) bytes of \(what), found \(found); the file is truncated or its header is wrong",
      at: .offset(offset))
  }

  /// Reads on to the end where it is near, so that the checksum of compressed bytes is verified.
  public func verifyEnd() throws(FormatError) {
    guard isCompressed else { return }
    var scratch = [UInt8](repeating: 0, count: 1 << 16)
    _ = try scratch.withUnsafeMutableBufferPointer { buffer throws(FormatError) in
      try read(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  private func truncated(_ what: String, start: Int, expected: Int) -> FormatError {
    FormatError(
      .malformed,
      "the file ends inside \(what): expected \(expected) bytes up to byte \(start + expected), "
        + "found the end at byte \(offset); copy or produce the file again",
      at: .offset(offset))
  }

  /// Reads from below the bytes read ahead.
  private func refill(_ buffer: UnsafeMutableRawBufferPointer) throws(FormatError) -> Int {
    try feed?.read(into: buffer) ?? 0
  }
}
