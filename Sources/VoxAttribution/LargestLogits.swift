/// Classes of the largest logits, and per class the sum of its logits over the voxels where it is the largest.
struct LargestLogits {
  private(set) var labels: [UInt16]
  private let classes: Int
  private let extents: SIMD3<Int>
  /// Per plane of the first axis, so that they do not depend on the number of threads.
  private var sums: [Double]
  private var isFinite: [Bool]

  /// Prepares for a volume.
  init(_ extents: SIMD3<Int>, classes: Int) {
    (self.extents, self.classes) = (extents, classes)
    labels = [UInt16](repeating: 0, count: extents.x * extents.y * extents.z)
    sums = [Double](repeating: 0, count: extents.x * classes)
    isFinite = [Bool](repeating: true, count: extents.x)
  }

  /// Takes the logits of a box of voxels; equal logits give the lower class.
  ///
  /// - Parameters:
  ///   - low: first voxel of the box.
  ///   - high: one past its last voxel along each axis.
  ///   - scale: what the logits are multiplied by in the sums, [X, Y, Z].
  ///   - inside: whether a voxel belongs to the scan, [X, Y, Z]; others get no class.
  mutating func take(
    _ low: SIMD3<Int>, _ high: SIMD3<Int>, of band: LogitsBand, scale: UnsafeBufferPointer<Float>?, inside: [Bool]?,
    threads: Int
  ) {
    let (extents, classes) = (extents, classes)
    labels.withUnsafeMutableBufferPointer { labels in
      sums.withUnsafeMutableBufferPointer { sums in
        isFinite.withUnsafeMutableBufferPointer { isFinite in
          nonisolated(unsafe) let (labels, sums, isFinite, scale, band) = (labels, sums, isFinite, scale, band)
          parallel(over: high.x - low.x, threads: threads) { plane in
            let x = low.x + plane
            var best = [Float](repeating: 0, count: high.z - low.z)
            for y in low.y..<high.y {
              band.forEachStretch(x, y, low.z, count: high.z - low.z) { offset, before, count in
                let start = (x * extents.y + y) * extents.z + low.z + before
                let label = labels.row(start, count)
                if !Self.compare(band, offset, classes, label, &best) { isFinite[x] = false }
                for v in 0..<count {
                  if let inside, !inside[start + v] {
                    label[v] = ClassMap.none
                  } else {
                    sums[x * classes + Int(label[v])] += Double(best[v] * (scale?[start + v] ?? 1))
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// Finds the largest logits of a stretch.
  ///
  /// - Returns: whether all logits are finite.
  private static func compare(
    _ band: LogitsBand, _ offset: Int, _ classes: Int, _ label: UnsafeMutableBufferPointer<UInt16>,
    _ best: inout [Float]
  ) -> Bool {
    var total: Float = 0
    best.withUnsafeMutableBufferPointer { best in
      for v in label.indices { (best[v], label[v]) = (-.infinity, 0) }
      for target in 0..<classes {
        let channel = band.logits.row(target * band.voxels + offset, label.count)
        for v in label.indices {
          total += channel[v] * 0
          if channel[v] > best[v] { (best[v], label[v]) = (channel[v], UInt16(truncatingIfNeeded: target)) }
        }
        if band.isReused { channel.update(repeating: 0) }
      }
    }
    return total == 0
  }

  /// Sum of each class's logits over the voxels where it is the largest, [K].
  ///
  /// - Throws: ``AttributionError`` with code `malformedInput` where a logit was not finite.
  func scores() throws(AttributionError) -> [Double] {
    guard isFinite.allSatisfy(\.self) else {
      throw .malformedInput(
        "expected finite logits of the network, found infinite ones or NaN: check the intensity steps of its card")
    }
    return (0..<classes).map { target in (0..<extents.x).reduce(0.0) { $0 + sums[$1 * classes + target] } }
  }
}
