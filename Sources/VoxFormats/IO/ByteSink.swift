/// Bytes written one after the other to a file, standard output or memory, compressed where asked for.
///
/// Small writes are gathered. ``finish()`` must be called at the end; a file that is not finished vanishes.
/// Not safe to use from several threads at once.
public final class ByteSink {
  /// What to call the sink in messages.
  public let name: String

  private let target: Target
  private let threads: Int
  private var deflater: Deflater?
  private var gathered: [UInt8] = []

  private enum Target {
    case file(AtomicFile)
    case descriptor(FileDescriptor)
    case memory
  }

  private init(
    _ target: Target, name: String, threads: Int = 1, compressed: Bool = false,
    for content: CompressedContent = .anything
  ) {
    (self.target, self.name, self.threads) = (target, name, threads)
    deflater = compressed ? Deflater(threads: threads, for: content) : nil
  }

  /// Writes a file that appears whole, when finished, or not at all; `.gz` at the end of the path compresses.
  ///
  /// - Parameters:
  ///   - threads: how many threads share the compression; the file does not depend on it.
  ///   - content: what is compressed.
  /// - Throws: ``FormatError`` with code `cannotCreate`.
  public convenience init(
    path: String, threads: Int = 1, for content: CompressedContent = .anything
  ) throws(FormatError) {
    let file = try AtomicFile(path)
    self.init(
      .file(file), name: file.name, threads: threads, compressed: path.lowercased().hasSuffix(".gz"), for: content)
  }

  /// Writes to an open descriptor, such as standard output's 1; the descriptor stays open.
  public convenience init(descriptor: Int32, name: String) throws(FormatError) {
    self.init(.descriptor(FileDescriptor(descriptor, owned: false)), name: name)
  }

  /// Writes to ``contents``.
  public convenience init() throws(FormatError) {
    self.init(.memory, name: "memory")
  }

  /// What was written so far to a sink in memory.
  public var contents: [UInt8] { gathered }

  /// Compresses what is written from here on, as one gzip member; for formats with a plain header before compressed data.
  ///
  /// - Precondition: the sink is no memory, and not compressed as a whole.
  public func compressRest() throws(FormatError) {
    precondition(file != nil && deflater == nil, "only an uncompressed file or descriptor can begin to compress")
    try flush()
    deflater = Deflater(threads: threads)
  }

  /// Writes bytes.
  ///
  /// - Throws: ``FormatError`` with code `writeFailed`, or `closedPipe` when the reader has gone.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    guard file != nil, gathered.count + bytes.count > 1 << 16 else {
      gathered += bytes
      return
    }
    try flush()
    try hand(bytes)
  }

  /// Writes bytes.
  public func write(_ bytes: [UInt8]) throws(FormatError) { try write(values: bytes) }

  /// Writes values as they lie in memory.
  public func write<Value: BitwiseCopyable>(values: [Value]) throws(FormatError) {
    try values.withUnsafeBufferPointer { buffer throws(FormatError) in try write(UnsafeRawBufferPointer(buffer)) }
  }

  /// Hands on everything and, for a file, puts it in its place.
  public func finish() throws(FormatError) {
    guard let file else { return }
    try flush()
    if let deflater {
      do { try deflater.write(UnsafeRawBufferPointer(start: nil, count: 0), finishing: true, to: file) } catch {
        throw error.inside(.file(name))
      }
    }
    if case .file(let atomic) = target { try atomic.commit() }
  }

  private var file: FileDescriptor? {
    switch target {
    case .file(let atomic): atomic.descriptor
    case .descriptor(let descriptor): descriptor
    case .memory: nil
    }
  }

  private func flush() throws(FormatError) {
    let bytes = gathered
    gathered.removeAll(keepingCapacity: true)
    try bytes.withUnsafeBufferPointer { buffer throws(FormatError) in try hand(UnsafeRawBufferPointer(buffer)) }
  }

  private func hand(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    guard bytes.count > 0, let file else { return }
    do throws(FormatError) {
      if let deflater { try deflater.write(bytes, to: file) } else { try file.write(bytes) }
    } catch {
      throw error.inside(.file(name))
    }
  }
}
