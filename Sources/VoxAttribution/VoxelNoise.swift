import Glibc
import VoxTensor

/// Standard normal noise that depends on seed, voxel and sample alone.
///
/// Overlapping windows see the same noise, and results do not depend on their order or on the number of threads. Four
/// neighbours along the third axis share a call of ``Philox`` with the counter (k / 4, j, i, sample).
package struct VoxelNoise: Sendable {
  private let philox: Philox

  /// Makes a generator.
  package init(seed: UInt64) { philox = Philox(seed: seed) }

  /// Noise of the voxels (i, j, 4 * group) to (i, j, 4 * group + 3).
  ///
  /// - Source: Box and Muller, Annals of Mathematical Statistics 29 (1958).
  @inline(__always)
  package func normals(i: Int, j: Int, group: Int, sample: UInt32) -> SIMD4<Float> {
    let words = philox([
      UInt32(truncatingIfNeeded: group), UInt32(truncatingIfNeeded: j), UInt32(truncatingIfNeeded: i), sample,
    ])
    let uniform = (SIMD4<Float>(words) + 0.5) * 0x1p-32
    let (r0, r1) = ((-2 * logf(uniform.x)).squareRoot(), (-2 * logf(uniform.z)).squareRoot())
    let (a0, a1) = (2 * Float.pi * uniform.y, 2 * Float.pi * uniform.w)
    return [r0 * cosf(a0), r0 * sinf(a0), r1 * cosf(a1), r1 * sinf(a1)]
  }

  /// Writes `scan + sigma * noise` into the unpadded part of `noisy`.
  func add(
    to scan: Tensor, sigma: Float, sample: UInt32, windows: SlidingWindow, into noisy: Tensor, threads: Int
  ) {
    nonisolated(unsafe) let (scan, noisy) = (scan.elements, noisy.elements)
    let count = windows.extents.z
    windows.forEachRow(threads: threads) { i, j, start in
      for first in stride(from: 0, to: count, by: 4) {
        let noise = normals(i: i, j: j, group: first / 4, sample: sample)
        for k in first..<min(first + 4, count) { noisy[start + k] = scan[start + k] + sigma * noise[k - first] }
      }
    }
  }
}
