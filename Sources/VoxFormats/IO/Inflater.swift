import CZlib

/// Undoes gzip, several members in a row included, zlib, and deflate alone.
///
/// - Source: RFC 1950, RFC 1951, RFC 1952.
final class Inflater: ByteFeed {
  /// What is around the deflated bytes.
  enum Framing {
    /// A header of gzip or zlib that says which.
    case headed
    case none
  }

  private let framing: Framing
  private let feed: (any ByteFeed)?
  private var stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var stored: ArraySlice<UInt8>
  private var memberEnded = false
  /// Offset of the next uncompressed byte, for messages.
  private var produced: Int

  /// Starts with the stored bytes that were read to recognise the format; further ones come from `feed`.
  init(
    stored: ArraySlice<UInt8>, from feed: (any ByteFeed)?, at offset: Int, framing: Framing = .headed
  ) throws(FormatError) {
    (self.stored, self.feed, self.framing, produced) = (stored, feed, framing, offset)
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(byteCount: 1 << 18, alignment: 64)
    let status = framing == .headed ? czlib_inflate_init(stream) : czlib_inflate_init_raw(stream)
    guard status == Z_OK else { throw FormatError(.unreadable, "decompression cannot be started") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  /// Fills `buffer` with uncompressed bytes; fewer than asked for at any time, 0 only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FormatError) -> Int {
    let room = min(buffer.count, 1 << 30)
    stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(room)
    while stream.pointee.avail_out == UInt32(room) && room > 0 {
      if stream.pointee.avail_in == 0 {
        let got = try refill()
        if got == 0 {
          if memberEnded { return 0 }
          throw FormatError(
            .malformed, "the compressed data end early; copy or compress the file again", at: .offset(produced))
        }
      }
      if memberEnded {
        // Whatever follows a member and is not another one is padding, as gzip(1) treats it.
        guard framing == .headed, stream.pointee.next_in[0] == 0x1f else { return 0 }
        inflateReset(stream)
        memberEnded = false
      }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: continue
      case Z_STREAM_END: memberEnded = true
      default:
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "unknown reason"
        throw FormatError(
          .malformed, "the compressed data are damaged (\(reason)); copy or compress the file again",
          at: .offset(produced + room - Int(stream.pointee.avail_out)))
      }
    }
    let count = room - Int(stream.pointee.avail_out)
    produced += count
    return count
  }

  private func refill() throws(FormatError) -> Int {
    var count = min(stored.count, input.count)
    if count > 0 {
      input.copyBytes(from: stored.prefix(count))
      stored = stored.dropFirst(count)
    } else {
      count = try feed?.read(into: input) ?? 0
    }
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(count)
    return count
  }
}
