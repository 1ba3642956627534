internal import Foundation

/// The low-pass that comes before sampling on a coarser grid, so that detail too fine for it does not turn into
/// patterns that are not there.
///
/// A Gaussian runs along each source axis whose voxels are closer together than the target's by a ratio above
/// ``threshold``. Of an axis that the target's axes cross obliquely the ratio is the largest component of a target step.
///
/// - Source: Cardoso et al., *Scale factor point spread function matching: beyond aliasing in image resampling*, MICCAI
///   2015: the width in source voxels is sqrt(ratio^2 - 1) / (2 sqrt(2 ln 2)).
struct LowPass {
  /// The ratio of spacings above which an axis is filtered.
  static let threshold = 1.5

  /// Standard deviation along each source axis in source voxels; 0 where nothing is filtered.
  let sigma: SIMD3<Double>

  /// Finds the widths for a map of target indices to source indices.
  init(_ map: Affine) {
    var sigma = SIMD3<Double>.zero
    for axis in 0..<3 {
      let ratio = max(abs(map.x[axis]), abs(map.y[axis]), abs(map.z[axis]))
      // Two spacings may make the threshold itself but for rounding.
      guard ratio > Self.threshold + 1e-6, ratio.isFinite else { continue }
      sigma[axis] = (ratio * ratio - 1).squareRoot() / (2 * (2 * log(2.0)).squareRoot())
    }
    self.sigma = sigma
  }

  /// Whether nothing is filtered.
  var isEmpty: Bool { sigma == .zero }

  /// Weights at distance 0, 1, 2 ... voxels, out to four standard deviations.
  static func weights(sigma: Double, length: Int) -> [Float] {
    let reach = min(length - 1, Int(min(4 * sigma, Double(length)).rounded(.up)))
    return (0...reach).map { Float(exp(-0.5 * Double($0 * $0) / (sigma * sigma))) }
  }
}

extension Volume where Element == Float {
  /// Filters each axis; at the volume's ends the weights of what is there are scaled to add up to 1.
  ///
  /// - Complexity: O(voxels times sigma), in place where the voxels are held by nothing else.
  mutating func apply(_ lowPass: LowPass, threads: Int) {
    for axis in 0..<3 where lowPass.sigma[axis] > 0 && grid.dimensions[axis] > 1 {
      let weights = LowPass.weights(sigma: lowPass.sigma[axis], length: grid.dimensions[axis])
      filterLines(along: axis, threads: threads) { lines, room in
        Self.smooth(lines, into: room, weights)
        for i in 0..<lines.count { lines[i] = room[i] }
      }
    }
  }

  /// Adds to every sample its neighbours' weighted differences from it, which keeps a constant line exactly.
  private static func smooth(_ lines: LineBlock, into smoothed: LineBlock, _ weights: [Float]) {
    let last = lines.count - 1
    for i in 0...last {
      let center = lines[i]
      var (sum, total) = (LineBlock.Samples.zero, weights[0])
      for distance in 1..<weights.count {
        if i >= distance {
          sum += weights[distance] * (lines[i - distance] - center)
          total += weights[distance]
        }
        if i + distance <= last {
          sum += weights[distance] * (lines[i + distance] - center)
          total += weights[distance]
        }
      }
      smoothed[i] = center + sum / total
    }
  }
}
