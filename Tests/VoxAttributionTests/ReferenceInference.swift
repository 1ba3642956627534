/// Sliding windows over a toy network in double precision, written voxel by voxel and without sharing anything with the
/// library but the importance map.
struct ReferenceInference {
  let network: ToyNetwork
  let extents: SIMD3<Int>
  let before: SIMD3<Int>
  let origins: [SIMD3<Int>]
  let importance: [Float]
  let padding: Double

  private var roi: SIMD3<Int> { network.roi }
  private var count: Int { extents.x * extents.y * extents.z }

  /// The voxel a window's voxel shows, in grid order; `nil` for padding.
  private func voxel(_ origin: SIMD3<Int>, _ inWindow: Int) -> Int? {
    let local = SIMD3(inWindow / (roi.y * roi.z), inWindow / roi.z % roi.y, inWindow % roi.z)
    let index = origin &+ local &- before
    guard all(index .>= 0), all(index .< extents) else { return nil }
    return index.x + extents.x * (index.y + extents.y * index.z)
  }

  func windowLogits(_ volume: [Double], _ origin: SIMD3<Int>) -> [[Double]] {
    let window = network.images.indices.flatMap { image in
      (0..<importance.count).map { voxel(origin, $0).map { volume[image * count + $0] } ?? padding }
    }
    return network.logits(window)
  }

  /// Blended logits [K][voxels in grid order].
  func blendedLogits(_ volume: [Double]) -> [[Double]] {
    var sums = network.linear.map { _ in [Double](repeating: 0, count: count) }
    var weights = [Double](repeating: 0, count: count)
    for origin in origins {
      let logits = windowLogits(volume, origin)
      for v in importance.indices {
        guard let target = voxel(origin, v) else { continue }
        weights[target] += Double(importance[v])
        for k in sums.indices { sums[k][target] += Double(importance[v]) * logits[k][v] }
      }
    }
    return sums.map { zip($0, weights).map { $0 / $1 } }
  }

  func argmax(_ logits: [[Double]]) -> [Int] {
    logits[0].indices.map { v in
      logits.indices.reduce(0) { best, k in logits[k][v] > logits[best][v] ? k : best }
    }
  }

  /// `f_c` of the blended stitch at `volume`, its mask frozen at `scan`.
  func blendedScore(_ target: Int, at volume: [Double], mask: [Int]) -> Double {
    let logits = blendedLogits(volume)[target]
    return mask.indices.reduce(0.0) { mask[$1] == target ? $0 + logits[$1] : $0 }
  }

  /// Every window's own argmax; -1 on padding.
  func ownMasks(_ volume: [Double]) -> [[Int]] {
    origins.map { origin in
      let labels = argmax(windowLogits(volume, origin))
      return labels.indices.map { voxel(origin, $0) == nil ? -1 : labels[$0] }
    }
  }

  /// `f_c` of the agg2exp stitch at `volume`, its masks frozen.
  func agg2expScore(_ target: Int, at volume: [Double], masks: [[Int]]) -> Double {
    zip(origins, masks).reduce(0.0) { total, window in
      let logits = windowLogits(volume, window.0)[target]
      return total + window.1.indices.reduce(0.0) { window.1[$1] == target ? $0 + logits[$1] : $0 }
    }
  }

  /// Central differences of a function of the volume, exact for quadratic ones.
  func gradient(of score: ([Double]) -> Double, at volume: [Double]) -> [Double] {
    volume.indices.map { v in
      var moved = volume
      moved[v] = volume[v] + 0.01
      let above = score(moved)
      moved[v] = volume[v] - 0.01
      return (above - score(moved)) / 0.02
    }
  }
}
