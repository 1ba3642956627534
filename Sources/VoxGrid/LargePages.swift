import Glibc

extension Array {
  /// Makes an array as `init(unsafeUninitializedCapacity:initializingWith:)` does, in large pages where it is large.
  ///
  /// The first touch of a page costs microseconds on virtual machines; a page of 2 MiB costs as much as one of 4 KiB.
  @inlinable
  public init(
    largePages capacity: Int,
    initializingWith initialize: (inout UnsafeMutableBufferPointer<Element>, inout Int) throws -> Void
  ) rethrows {
    try self.init(unsafeUninitializedCapacity: capacity) { buffer, count in
      adviseLargePages(UnsafeMutableRawBufferPointer(buffer))
      try initialize(&buffer, &count)
    }
  }
}

/// Asks for large pages in the part of a buffer that they can fill; a system that has none goes on with small ones.
@usableFromInline
func adviseLargePages(_ buffer: UnsafeMutableRawBufferPointer) {
  let page = 1 << 21
  guard let base = buffer.baseAddress, buffer.count >= 4 * page else { return }
  let start = (Int(bitPattern: base) + 4095) & ~4095
  let end = (Int(bitPattern: base) + buffer.count) & ~4095
  madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, MADV_HUGEPAGE)
}
