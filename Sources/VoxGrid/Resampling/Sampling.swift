/// Samples a grid position by position.
///
/// - Parameters:
///   - out: dimensions of the target.
///   - map: source index of a target index.
///   - n: dimensions of the source.
///   - value: the value at a source index that belongs to the volume.
@inline(__always)
func sampleRows<Value: BitwiseCopyable & Sendable>(
  of out: SIMD3<Int>, through map: Affine, in n: SIMD3<Int>, into target: UnsafeMutablePointer<Value>, fill: Value,
  threads: Int, _ value: @Sendable (SIMD3<Double>) -> Value
) {
  nonisolated(unsafe) let target = target
  parallel(over: out.y * out.z, threads: threads) { rows in
    for row in rows {
      let start = map(SIMD3(0, Double(row % out.y), Double(row / out.y)))
      let voxels = target + row * out.x
      for i in 0..<out.x {
        let position = start + map.x * Double(i)
        voxels[i] = Extent.contains(position, n) ? value(position) : fill
      }
    }
  }
}

/// Samples a grid whose axes run along the source's: source rows are mixed along two axes, and the mixed row is sampled
/// along the third with weights that are the same for every row.
struct AlignedSampling<Kernel: SamplingKernel> {
  private let map: AlignedMap
  private let n: SIMD3<Int>
  private let out: SIMD3<Int>
  private let fill: Float
  /// Positions along each source axis.
  private let samples: [AxisSamples]
  /// Weights along the first source axis.
  private let weights: [SIMD4<Float>]
  /// The part of a source row that takes part.
  private let span: Range<Int>

  /// Prepares the positions and weights of every axis.
  init(_ map: AlignedMap, from n: SIMD3<Int>, to out: SIMD3<Int>, fill: Float) {
    (self.map, self.n, self.out, self.fill) = (map, n, out, fill)
    samples = (0..<3).map { axis in
      AxisSamples(map.positions(along: axis, count: out[map.targets[axis]]), count: n[axis])
    }
    weights = samples[0].fraction.map(Kernel.weights)
    let (lowest, highest) = (samples[0].low.min() ?? 0, samples[0].low.max() ?? 0)
    span = max(0, lowest - 2)..<min(n.x, highest + 4)
  }

  /// Writes all voxels of the target.
  func run<Source: Sampled>(
    _ source: UnsafePointer<Source>, into target: UnsafeMutablePointer<Float>, threads: Int
  ) {
    if map.targets.x == 0 {
      runRows(source, target, threads)
    } else {
      runColumns(source, target, threads)
    }
  }

  /// The target's rows run along the source's.
  private func runRows<Source: Sampled>(
    _ source: UnsafePointer<Source>, _ target: UnsafeMutablePointer<Float>, _ threads: Int
  ) {
    nonisolated(unsafe) let (source, target) = (source, target)
    parallel(over: out.y * out.z, threads: threads) { rows in
      withRoom(n.x + 4) { mixed in
        for row in rows {
          sample(source, SIMD3(0, row % out.y, row / out.y), by: mixed, into: target + row * out.x)
        }
      }
    }
  }

  /// The target's columns or its lines through the slices run along the source's rows: sixteen neighbouring ones are
  /// made at a time, so that whole cache lines are written.
  private func runColumns<Source: Sampled>(
    _ source: UnsafePointer<Source>, _ target: UnsafeMutablePointer<Float>, _ threads: Int
  ) {
    nonisolated(unsafe) let (source, target) = (source, target)
    let (width, axis) = (16, map.targets.x)
    let other = 3 - axis
    let (length, blocks) = (out[axis], (out.x + width - 1) / width)
    let strides = SIMD3(1, out.x, out.x * out.y)
    parallel(over: out[other] * blocks, threads: threads) { range in
      withRoom(n.x + 4) { mixed in
        withRoom(width * length) { lines in
          for index in range {
            var place = SIMD3(index % blocks * width, 0, 0)
            place[other] = index / blocks
            let voxels = target + (place.x + place[other] * strides[other])
            let count = min(width, out.x - place.x)
            for line in 0..<count {
              sample(source, place, by: mixed, into: lines + line * length)
              place.x += 1
            }
            for i in 0..<length {
              for line in 0..<count { voxels[i * strides[axis] + line] = lines[line * length + i] }
            }
          }
        }
      }
    }
  }

  /// Samples the line of the target through `index` that runs along the source's rows.
  @inline(__always)
  private func sample<Source: Sampled>(
    _ source: UnsafePointer<Source>, _ index: SIMD3<Int>, by mixed: UnsafeMutablePointer<Float>,
    into line: UnsafeMutablePointer<Float>
  ) {
    let (y, z) = (index[map.targets.y], index[map.targets.z])
    let (inside, length) = (samples[0].inside, samples[0].low.count)
    guard samples[1].inside.contains(y), samples[2].inside.contains(z) else {
      line.initialize(repeating: fill, count: length)
      return
    }
    let row = mixed + 1
    Kernel.mix(
      source, n, y: (samples[1].low[y], samples[1].fraction[y]), z: (samples[2].low[z], samples[2].fraction[z]),
      over: span, into: row)
    for beyond in [-1, n.x, n.x + 1] { row[beyond] = row[Kernel.reflected(beyond, n.x)] }
    line.initialize(repeating: fill, count: inside.lowerBound)
    samples[0].low.withUnsafeBufferPointer { low in
      weights.withUnsafeBufferPointer { weights in
        for i in inside { line[i] = Kernel.value(in: row, low[i], weights[i]) }
      }
    }
    (line + inside.upperBound).initialize(repeating: fill, count: length - inside.upperBound)
  }
}

/// Lends memory for a number of floats, all zero.
private func withRoom(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
  let room = UnsafeMutablePointer<Float>.allocate(capacity: count)
  room.initialize(repeating: 0, count: count)
  body(room)
  room.deallocate()
}
