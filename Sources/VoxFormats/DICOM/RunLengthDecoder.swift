/// Undoes DICOM's run-length encoding of one frame of grey values.
///
/// A frame is a header and one segment per byte of a value, the most significant first; a segment is runs, each a
/// length and that many bytes, or a negative length and one byte that many times. GDCM trusts the header: a damaged one
/// makes it read beyond the frame.
///
/// - Source: DICOM PS3.5 annex G.
enum RunLengthDecoder {
  private static let headerSize = 64

  /// Decodes into words of so many bytes in the order of this machine, which fill `target`.
  ///
  /// - Throws: ``FormatError`` with code `malformed`.
  static func decode(
    _ frame: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, wordSize: Int
  ) throws(FormatError) {
    func number(_ index: Int) -> Int {
      Int(UInt32(littleEndian: frame.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
    }
    guard frame.count >= headerSize, number(0) == wordSize else {
      let found = frame.count >= headerSize ? "\(number(0))" : "no header"
      throw FormatError(.malformed, "expected \(wordSize) segments, found \(found)")
    }
    let starts = (1...wordSize).map(number) + [frame.count]
    guard starts[0] >= headerSize, zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw FormatError(
        .malformed, "expected rising offsets of segments within \(frame.count) bytes, found \(starts.dropLast())")
    }
    for segment in 0..<wordSize {
      let bytes = UnsafeRawBufferPointer(rebasing: frame[starts[segment]..<starts[segment + 1]])
      let written = decode(bytes, into: target, from: wordSize - 1 - segment, step: wordSize)
      guard written * wordSize == target.count else {
        throw FormatError(
          .malformed, "expected \(target.count / wordSize) bytes in segment \(segment + 1), found \(written)")
      }
    }
  }

  /// Decodes a segment into every so many bytes, and says how many there were; what does not fit is left out.
  private static func decode(
    _ segment: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, from start: Int, step: Int
  ) -> Int {
    let count = target.count / step
    var (next, written) = (0, 0)
    while next < segment.count, written < count {
      let length = Int(Int8(bitPattern: segment[next]))
      next += 1
      if length >= 0 {
        let run = min(length + 1, segment.count - next, count - written)
        for index in 0..<run { target[start + (written + index) * step] = segment[next + index] }
        (next, written) = (next + run, written + run)
      } else if length > -128, next < segment.count {
        let run = min(1 - length, count - written)
        for index in 0..<run { target[start + (written + index) * step] = segment[next] }
        (next, written) = (next + 1, written + run)
      }
    }
    return written
  }
}
