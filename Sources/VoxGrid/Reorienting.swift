extension Volume where Element: BitwiseCopyable {
  /// The volume with its axes permuted and flipped to point as `target` says; no value changes.
  ///
  /// Flips alone are made in place where the voxels are held by nothing else: a caller that needs the volume no longer
  /// says `consume`.
  ///
  /// - Parameter threads: how many threads share the work; the result does not depend on it.
  /// - Complexity: O(voxels).
  public consuming func reoriented(to target: Orientation, threads: Int = 1) -> Volume {
    let mapping = AxisMapping(from: grid, to: target)
    if mapping.isIdentity { return self }
    let grid = mapping.output
    if mapping.isFlip {
      var volume = self
      volume.voxels.withUnsafeMutableBytes { voxels in
        Flip(mapping: mapping, voxels: voxels.baseAddress.unsafelyUnwrapped, threads: threads).run(on: Element.self)
      }
      volume.grid = grid
      return volume
    }
    let moved = voxels.withUnsafeBytes { source in
      [Element](unsafeUninitializedCapacity: grid.count) { target, count in
        let move = Permutation(
          mapping: mapping, source: source.baseAddress.unsafelyUnwrapped,
          target: UnsafeMutableRawPointer(target.baseAddress.unsafelyUnwrapped), threads: threads)
        move.run(on: Element.self)
        count = grid.count
      }
    }
    return Volume(grid: grid, voxels: moved)
  }
}

extension AxisMapping {
  /// Whether every axis stays in its place, be it turned round.
  fileprivate var isFlip: Bool {
    let n = input.dimensions
    return abs(strides.x) == 1 && abs(strides.y) == n.x && abs(strides.z) == n.x * n.y && output.dimensions == n
  }
}

/// Turns axes round in place: every voxel changes places with its mirror image, in one pass.
private struct Flip: VoxelMove {
  let mapping: AxisMapping
  nonisolated(unsafe) let voxels: UnsafeMutableRawPointer
  let threads: Int

  func run<Word: BitwiseCopyable & Sendable>(_ word: Word.Type) {
    let (n, strides) = (mapping.input.dimensions, mapping.strides)
    let (flipX, flipY, flipZ) = (strides.x < 0, strides.y < 0, strides.z < 0)
    nonisolated(unsafe) let voxels = voxels.assumingMemoryBound(to: Word.self)
    // Rows of the later half of the slices have had their turn as the images of earlier ones.
    parallel(over: n.y * (flipZ ? (n.z + 1) / 2 : n.z), threads: threads) { rows in
      withUnsafeTemporaryAllocation(of: Word.self, capacity: n.x) { room in
        let row = room.baseAddress.unsafelyUnwrapped
        for index in rows {
          let (k, j) = index.quotientAndRemainder(dividingBy: n.y)
          let image = (flipY ? n.y - 1 - j : j) + n.y * (flipZ ? n.z - 1 - k : k)
          guard image >= index else { continue }
          let (a, b) = (voxels + index * n.x, voxels + image * n.x)
          row.update(from: a, count: n.x)
          if image > index { copyRow(of: n.x, b, reversed: flipX, to: a) }
          copyRow(of: n.x, row, reversed: flipX, to: b)
        }
      }
    }
  }
}

/// Copies a row to a place that it does not overlap.
@inline(__always)
private func copyRow<Word: BitwiseCopyable>(
  of count: Int, _ source: UnsafePointer<Word>, reversed: Bool, to target: UnsafeMutablePointer<Word>
) {
  if reversed {
    for i in 0..<count { target[i] = source[count &- 1 &- i] }
  } else {
    target.update(from: source, count: count)
  }
}

/// Copies voxels to where another order of the axes has them.
private struct Permutation: VoxelMove {
  let mapping: AxisMapping
  nonisolated(unsafe) let source: UnsafeRawPointer, target: UnsafeMutableRawPointer
  let threads: Int

  func run<Word: BitwiseCopyable & Sendable>(_ word: Word.Type) {
    let source = source.assumingMemoryBound(to: Word.self) + mapping.start
    let target = target.assumingMemoryBound(to: Word.self)
    // The target axis along which the source is contiguous; an axis of one voxel may have the same stride.
    let (n, s) = (mapping.output.dimensions, mapping.strides)
    if abs(s.x) == 1 || n.x == 1 && abs(s.y) != 1 && abs(s.z) != 1 {
      copyRows(source, target)
    } else {
      copyTiles(source, target, along: abs(s.y) == 1 ? 1 : 2)
    }
  }

  /// Rows stay rows.
  private func copyRows<Word: BitwiseCopyable & Sendable>(
    _ source: UnsafePointer<Word>, _ target: UnsafeMutablePointer<Word>
  ) {
    let (n, s) = (mapping.output.dimensions, mapping.strides)
    nonisolated(unsafe) let (source, target) = (source, target)
    parallel(over: n.y * n.z, threads: threads) { rows in
      for row in rows {
        let from = source + (row % n.y * s.y + row / n.y * s.z)
        let to = target + row * n.x
        copyRow(of: n.x, s.x < 0 ? from - (n.x - 1) : from, reversed: s.x < 0, to: to)
      }
    }
  }

  /// Source rows become target lines along `axis`: square tiles go through a buffer that the nearest cache holds, so
  /// that every cache line of either volume is touched once.
  private func copyTiles<Word: BitwiseCopyable & Sendable>(
    _ source: UnsafePointer<Word>, _ target: UnsafeMutablePointer<Word>, along axis: Int
  ) {
    let (n, s) = (mapping.output.dimensions, mapping.strides)
    let other = 3 - axis
    let step = s[axis]
    let strides = SIMD3(1, n.x, n.x * n.y)
    let width = MemoryLayout<Word>.stride <= 2 ? 64 : 32
    let tiles = (n[axis] + width - 1) / width
    nonisolated(unsafe) let (source, target) = (source, target)
    parallel(over: n[other] * tiles, threads: threads) { range in
      withUnsafeTemporaryAllocation(of: Word.self, capacity: width * width) { room in
        let tile = room.baseAddress.unsafelyUnwrapped
        for index in range {
          let (place, first) = (index / tiles, index % tiles * width)
          let lines = min(width, n[axis] - first)
          for x in stride(from: 0, to: n.x, by: width) {
            let columns = min(width, n.x - x)
            let from = source + (x * s.x + place * s[other] + first * s[axis])
            for column in 0..<columns {
              let row = from + column * s.x
              for line in 0..<lines { tile[line &* width &+ column] = row[line &* step] }
            }
            let to = target + (x + place * strides[other] + first * strides[axis])
            for line in 0..<lines {
              (to + line * strides[axis]).update(from: tile + line * width, count: columns)
            }
          }
        }
      }
    }
  }
}
