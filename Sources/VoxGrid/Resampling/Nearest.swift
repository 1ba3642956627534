/// Sampling at the nearest voxel centre; of two equally near ones the later is taken.
struct NearestSampling: VoxelMove {
  /// Source index of a target index.
  let map: Affine
  /// Dimensions of the source and of the target.
  let n: SIMD3<Int>, out: SIMD3<Int>
  /// Voxels, first axis fastest.
  nonisolated(unsafe) let source: UnsafeRawPointer, target: UnsafeMutableRawPointer
  /// One voxel, the value outside.
  nonisolated(unsafe) let fill: UnsafeRawPointer
  let threads: Int

  func run<Word: BitwiseCopyable & Sendable>(_ word: Word.Type) {
    nonisolated(unsafe) let source = source.assumingMemoryBound(to: Word.self)
    nonisolated(unsafe) let target = target.assumingMemoryBound(to: Word.self)
    let fill = fill.loadUnaligned(as: Word.self)
    if let aligned = AlignedMap(map, over: out) {
      run(along: aligned, source, target, fill)
    } else {
      sampleRows(of: out, through: map, in: n, into: target, fill: fill, threads: threads) { p in
        source[Self.index(p.x, n.x) + n.x * (Self.index(p.y, n.y) + n.y * Self.index(p.z, n.z))]
      }
    }
  }

  private func run<Word: BitwiseCopyable & Sendable>(
    along map: AlignedMap, _ source: UnsafePointer<Word>, _ target: UnsafeMutablePointer<Word>, _ fill: Word
  ) {
    let strides = SIMD3(1, n.x, n.x * n.y)
    let offsets = (0..<3).map { axis in
      let source = map.axes[axis]
      return map.positions(along: source, count: out[axis]).map { position in
        Extent.contains(position, n[source]) ? Self.index(position, n[source]) * strides[source] : -1
      }
    }
    nonisolated(unsafe) let (source, target) = (source, target)
    parallel(over: out.y * out.z, threads: threads) { rows in
      for row in rows {
        let (y, z) = (offsets[1][row % out.y], offsets[2][row / out.y])
        let voxels = target + row * out.x
        if y < 0 || z < 0 {
          voxels.initialize(repeating: fill, count: out.x)
          continue
        }
        let start = source + (y + z)
        offsets[0].withUnsafeBufferPointer { x in
          for i in 0..<out.x { voxels[i] = x[i] < 0 ? fill : start[x[i]] }
        }
      }
    }
  }

  /// The nearest voxel of an axis; a millionth of a voxel makes positions halfway between two fall the same way.
  @inline(__always)
  private static func index(_ position: Double, _ count: Int) -> Int {
    Int(VoxelPosition.clamped(position, count) + Extent.margin)
  }
}
