import CZlib
import Dispatch

/// What is compressed, as far as it says how to.
public enum CompressedContent: Sendable {
  case anything
  /// Floating-point numbers whose last bits are noise: nothing in them repeats but runs of one byte, and not to look
  /// for more is three times as fast. Where even that would save less than a tenth, bytes are stored as they are.
  case measurements

  /// How hard to try, 0 for not at all, and where to look for repetitions.
  fileprivate func effort(for block: UnsafeRawBufferPointer) -> (level: Int32, strategy: Int32) {
    switch self {
    // Images of floats shrink little more at higher levels, and take several times as long.
    case .anything: (1, Z_DEFAULT_STRATEGY)
    case .measurements: (ByteCounts(block).entropy > 0.9 * 8 ? 0 : 1, Z_RLE)
    }
  }
}

/// Compresses to one gzip member without a time stamp, on several threads.
///
/// The bytes are cut into blocks of fixed size that are compressed side by side, each with the end of the one before as
/// its dictionary, and joined at byte boundaries; so equal bytes give equal files, whatever the number of threads.
///
/// - Source: RFC 1951, RFC 1952; the joining of blocks after Mark Adler's pigz.
final class Deflater {
  private let threads: Int
  private let content: CompressedContent
  /// Bytes of a block that is not full yet.
  private var pending: [UInt8] = []
  /// The last bytes handed to the compressor, the dictionary of the next block.
  private var history: [UInt8] = []
  private var checksum = crc32(0, nil, 0)
  private var total = 0
  private var hasHeader = false

  private static let blockSize = 1 << 19
  private static let windowSize = 1 << 15

  /// Makes a compressor of which up to `threads` threads share the work.
  init(threads: Int, for content: CompressedContent = .anything) {
    self.threads = max(1, threads)
    self.content = content
    pending.reserveCapacity(Self.blockSize)
  }

  /// Compresses bytes and hands on what is ready; with `finishing` also the end of the member.
  func write(
    _ bytes: UnsafeRawBufferPointer, finishing: Bool = false, to file: FileDescriptor
  ) throws(FormatError) {
    if !hasHeader {
      // Deflate, no flags, no time, fastest, Unix.
      try file.write([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3])
      hasHeader = true
    }
    var rest = bytes
    if !pending.isEmpty || rest.count < Self.blockSize {
      let taken = min(rest.count, Self.blockSize - pending.count)
      pending += rest.prefix(taken)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(taken))
      if pending.count == Self.blockSize { try compressPending(last: false, to: file) }
    }
    let whole = rest.count / Self.blockSize * Self.blockSize
    let batch = Self.blockSize * threads * 4
    for start in stride(from: 0, to: whole, by: batch) {
      try compress(UnsafeRawBufferPointer(rebasing: rest[start..<min(whole, start + batch)]), last: false, to: file)
    }
    pending += rest.dropFirst(whole)
    if finishing {
      try compressPending(last: true, to: file)
      try file.write(littleEndian(checksum) + littleEndian(UInt(truncatingIfNeeded: total)))
    }
  }

  private func compressPending(last: Bool, to file: FileDescriptor) throws(FormatError) {
    let bytes = pending
    pending.removeAll(keepingCapacity: true)
    try bytes.withUnsafeBufferPointer { buffer throws(FormatError) in
      try compress(UnsafeRawBufferPointer(buffer), last: last, to: file)
    }
  }

  /// Compresses blocks side by side and writes them in their order.
  private func compress(_ bytes: UnsafeRawBufferPointer, last: Bool, to file: FileDescriptor) throws(FormatError) {
    let count = max(1, (bytes.count + Self.blockSize - 1) / Self.blockSize)
    var blocks = (0..<count).map { index in
      let start = index * Self.blockSize
      return DeflatedBlock(
        bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + Self.blockSize)]),
        isLast: last && index == count - 1)
    }
    let (history, content) = (history, content)
    blocks.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let (blocks, source) = (buffer, bytes)
      let workers = min(threads, count)
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        for index in stride(from: worker, to: count, by: workers) {
          let start = index * Self.blockSize
          if index > 0 {
            let window = UnsafeRawBufferPointer(rebasing: source[(start - Self.windowSize)..<start])
            blocks[index].compress(content, after: window)
          } else {
            history.withUnsafeBytes { blocks[index].compress(content, after: $0) }
          }
        }
      }
    }
    for block in blocks {
      guard let compressed = block.compressed else {
        throw FormatError(.writeFailed, "not enough memory to compress")
      }
      checksum = crc32_combine(checksum, block.checksum, block.bytes.count)
      total += block.bytes.count
      try file.write(compressed)
    }
    if bytes.count >= Self.windowSize {
      self.history = Array(bytes.suffix(Self.windowSize))
    } else {
      self.history = Array((history + bytes).suffix(Self.windowSize))
    }
  }

  private func littleEndian(_ value: UInt) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
}

/// One block on its way through the compressor.
private struct DeflatedBlock {
  let bytes: UnsafeRawBufferPointer
  let isLast: Bool
  /// What it became; `nil` before, and where memory ran out.
  private(set) var compressed: [UInt8]?
  private(set) var checksum = crc32(0, nil, 0)

  init(bytes: UnsafeRawBufferPointer, isLast: Bool) { (self.bytes, self.isLast) = (bytes, isLast) }

  mutating func compress(_ content: CompressedContent, after dictionary: UnsafeRawBufferPointer) {
    var stream = z_stream()
    let (level, strategy) = content.effort(for: bytes)
    guard czlib_deflate_init_raw(&stream, level, strategy) == Z_OK else { return }
    defer { deflateEnd(&stream) }
    if dictionary.count > 0 {
      deflateSetDictionary(&stream, dictionary.bindMemory(to: UInt8.self).baseAddress, UInt32(dictionary.count))
    }
    let input = bytes.bindMemory(to: UInt8.self)
    checksum = crc32(checksum, input.baseAddress, UInt32(input.count))
    // Room for what cannot be compressed, and for the empty block that ends at a byte boundary.
    let room = Int(deflateBound(&stream, UInt(input.count))) + 64
    compressed = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      stream.avail_in = UInt32(input.count)
      stream.next_out = buffer.baseAddress
      stream.avail_out = UInt32(room)
      deflate(&stream, isLast ? Z_FINISH : Z_SYNC_FLUSH)
      count = room - Int(stream.avail_out)
    }
  }
}

extension FileDescriptor {
  fileprivate func write(_ bytes: [UInt8]) throws(FormatError) {
    try bytes.withUnsafeBufferPointer { buffer throws(FormatError) in try write(UnsafeRawBufferPointer(buffer)) }
  }
}
