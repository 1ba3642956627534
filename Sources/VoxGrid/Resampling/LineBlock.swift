/// Sixteen neighbouring lines of a volume, one sample of each side by side, so that a recursion along the lines runs on
/// all of them at once.
struct LineBlock {
  /// One sample of each line.
  typealias Samples = SIMD16<Float>

  /// Lines side by side.
  static let width = Samples.scalarCount

  /// Samples of each line.
  let count: Int
  private let storage: UnsafeMutableRawPointer

  /// Makes room for lines; ``free()`` gives it back.
  init(count: Int) {
    self.count = count
    storage = .allocate(
      byteCount: count * MemoryLayout<Samples>.stride, alignment: MemoryLayout<Samples>.alignment)
    storage.initializeMemory(as: Samples.self, repeating: .zero, count: count)
  }

  /// Gives the memory back.
  func free() { storage.deallocate() }

  /// One sample of each line.
  subscript(index: Int) -> Samples {
    @inline(__always) get { storage.load(fromByteOffset: index * MemoryLayout<Samples>.stride, as: Samples.self) }
    @inline(__always)
    nonmutating set {
      storage.storeBytes(of: newValue, toByteOffset: index * MemoryLayout<Samples>.stride, as: Samples.self)
    }
  }

  /// Where a line's samples lie in a volume.
  struct Place {
    /// The first sample of the first line.
    let start: UnsafeMutablePointer<Float>
    /// From a sample to the next of the line.
    let step: Int
    /// From a line to the next.
    let neighbour: Int
    /// Lines that are there, at most ``width``.
    let lines: Int
  }

  /// Reads the lines.
  func load(_ place: Place) {
    if place.neighbour == 1 && place.lines == Self.width {
      for i in 0..<count {
        self[i] = UnsafeRawPointer(place.start + i * place.step).loadUnaligned(as: Samples.self)
      }
    } else {
      move(place) { sample, voxel in sample.pointee = voxel.pointee }
    }
  }

  /// Writes the lines back.
  func store(_ place: Place) {
    if place.neighbour == 1 && place.lines == Self.width {
      for i in 0..<count {
        UnsafeMutableRawPointer(place.start + i * place.step).storeBytes(of: self[i], as: Samples.self)
      }
    } else {
      move(place) { sample, voxel in voxel.pointee = sample.pointee }
    }
  }

  /// Visits every sample in square tiles, which both sides keep in their nearest cache.
  @inline(__always)
  private func move(
    _ place: Place, _ copy: (_ sample: UnsafeMutablePointer<Float>, _ voxel: UnsafeMutablePointer<Float>) -> Void
  ) {
    let samples = storage.assumingMemoryBound(to: Float.self)
    for tile in stride(from: 0, to: count, by: Self.width) {
      for line in 0..<place.lines {
        let voxels = place.start + line * place.neighbour
        for i in tile..<min(tile + Self.width, count) {
          copy(samples + (i * Self.width + line), voxels + i * place.step)
        }
      }
    }
  }
}

extension Volume where Element == Float {
  /// Replaces every line along an axis by what `filter` leaves of it.
  ///
  /// - Parameter filter: changes its first argument in place; the second is room of the same size.
  /// - Complexity: O(voxels), in place where the voxels are held by nothing else.
  mutating func filterLines(
    along axis: Int, threads: Int, _ filter: @Sendable (_ lines: LineBlock, _ room: LineBlock) -> Void
  ) {
    let n = grid.dimensions
    let (length, all) = (n[axis], grid.count)
    // Lines along the first axis lie one after the other; along another axis `step` of them lie side by side.
    let step = [1, n.x, n.x * n.y][axis]
    let sideBySide = axis == 0 ? all / length : step
    let neighbour = axis == 0 ? length : 1
    let blocks = (sideBySide + LineBlock.width - 1) / LineBlock.width
    voxels.withUnsafeMutableBufferPointer { voxels in
      nonisolated(unsafe) let start = voxels.baseAddress.unsafelyUnwrapped
      parallel(over: blocks * (all / length / sideBySide), threads: threads) { range in
        let (lines, room) = (LineBlock(count: length), LineBlock(count: length))
        defer {
          lines.free()
          room.free()
        }
        for index in range {
          let (group, block) = index.quotientAndRemainder(dividingBy: blocks)
          let first = block * LineBlock.width
          let place = LineBlock.Place(
            start: start + (group * step * length + first * neighbour), step: step, neighbour: neighbour,
            lines: min(LineBlock.width, sideBySide - first))
          lines.load(place)
          filter(lines, room)
          lines.store(place)
        }
      }
    }
  }
}
