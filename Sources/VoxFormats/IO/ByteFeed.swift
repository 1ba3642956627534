/// Where a ``ByteSource`` takes its bytes from.
protocol ByteFeed: AnyObject {
  /// Reads up to the size of `buffer`; 0 only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FormatError) -> Int
}

/// A part of equal size from each of several sources, one after the other; a source is opened when it is reached.
final class JoinedFiles: ByteFeed {
  /// How many sources there are.
  let count: Int
  /// Bytes from each.
  let size: Int

  private let open: (Int) throws(FormatError) -> ByteSource
  private var current: ByteSource?
  private var next = 0
  private var left = 0

  /// Joins sources.
  ///
  /// - Parameter open: gives the source of an index, standing at its first byte.
  init(count: Int, size: Int, open: @escaping (Int) throws(FormatError) -> ByteSource) {
    (self.count, self.size, self.open) = (count, size, open)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FormatError) -> Int {
    if left == 0 {
      guard next < count, size > 0 else { return 0 }
      (current, left) = (try open(next), size)
      next += 1
    }
    guard let current, buffer.count > 0 else { return 0 }
    do throws(FormatError) {
      let got = try current.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(left)))
      guard got > 0 else {
        throw FormatError(
          .malformed, "expected \(left) further bytes of voxels, found the end; copy or produce the file again",
          at: .offset(current.offset))
      }
      left -= got
      if left == 0 { try current.verifyEnd() }
      return got
    } catch {
      throw error.inside(.file(current.name))
    }
  }
}
