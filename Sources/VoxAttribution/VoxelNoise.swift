import Glibc
import VoxTensor

/// Standard normal noise that depends on seed, voxel, image and sample alone.
///
/// Overlapping windows see the same noise, and results do not depend on their order or on the number of threads. Four
/// neighbours along the third axis share a call of ``Philox`` with the counter (k / 4, j, i, sample), the image being in
/// the upper half of the first word.
package struct VoxelNoise: Sendable {
  private let philox: Philox

  /// Makes a generator.
  package init(seed: UInt64) { philox = Philox(seed: seed) }

  /// Noise of the voxels (i, j, 4 * group) to (i, j, 4 * group + 3) of an image.
  ///
  /// - Source: Box and Muller, Annals of Mathematical Statistics 29 (1958).
  @inline(__always)
  package func normals(i: Int, j: Int, group: Int, image: Int = 0, sample: UInt32) -> SIMD4<Float> {
    let words = philox([
      UInt32(truncatingIfNeeded: group + image << 16), UInt32(truncatingIfNeeded: j), UInt32(truncatingIfNeeded: i),
      sample,
    ])
    let uniform = (SIMD4<Float>(words) + 0.5) * 0x1p-32
    let (r0, r1) = ((-2 * logf(uniform.x)).squareRoot(), (-2 * logf(uniform.z)).squareRoot())
    let (a0, a1) = (2 * Float.pi * uniform.y, 2 * Float.pi * uniform.w)
    return [r0 * cosf(a0), r0 * sinf(a0), r1 * cosf(a1), r1 * sinf(a1)]
  }

  /// Writes `scan + sigma * noise` into the unpadded part of `noisy`.
  ///
  /// - Parameter sigma: one per image, [C].
  func add(
    to scan: Tensor, sigma: [Float], sample: UInt32, windows: SlidingWindow, into noisy: Tensor, threads: Int
  ) {
    nonisolated(unsafe) let (scan, noisy) = (scan.elements, noisy.elements)
    let (count, volume) = (windows.extents.z, windows.paddedVoxels)
    windows.forEachRow(threads: threads) { i, j, start in
      for (image, sigma) in sigma.enumerated() {
        let row = image * volume + start
        for first in stride(from: 0, to: count, by: 4) {
          let noise = normals(i: i, j: j, group: first / 4, image: image, sample: sample)
          for k in first..<min(first + 4, count) { noisy[row + k] = scan[row + k] + sigma * noise[k - first] }
        }
      }
    }
  }
}
