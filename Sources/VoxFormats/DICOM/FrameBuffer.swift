/// Memory for one frame or a block of voxels, used again for the next.
struct FrameBuffer: ~Copyable {
  private var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  /// The first so many bytes, for which there must be room.
  subscript(count: Int) -> UnsafeMutableRawBufferPointer { .init(rebasing: bytes[..<count]) }

  /// Makes room for at least so many bytes; what was there is lost where it was too little.
  mutating func reserve(_ count: Int) {
    guard count > bytes.count else { return }
    bytes.deallocate()
    bytes = .allocate(byteCount: count, alignment: 64)
  }

  deinit { bytes.deallocate() }
}
