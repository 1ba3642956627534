import Dispatch

/// How a value between voxel centres is found.
public enum Interpolation: String, Sendable, CaseIterable {
  /// Trilinear.
  case linear
  /// The nearest voxel centre; the one for label maps.
  case nearest
}

extension Volume where Element == Float {
  /// The volume sampled at the voxel centres of another grid.
  ///
  /// A point within half a voxel of the volume takes the value at the clamped position; a point farther out is `fill`.
  ///
  /// - Parameters:
  ///   - grid: where to sample.
  ///   - interpolation: linear or nearest.
  ///   - fill: the value outside the volume, in the volume's units.
  ///   - threads: how many threads share the slices; the result does not depend on it.
  /// - Throws: ``GridError`` when the volume's affine cannot be inverted.
  /// - Complexity: O(voxels of `grid`).
  public func resampled(
    onto grid: Grid, interpolation: Interpolation = .linear, fill: Float, threads: Int = 1
  ) throws(GridError) -> Volume<Float> {
    if grid.isClose(to: self.grid, tolerance: 1e-6) { return Volume(grid: grid, voxels: voxels) }
    let toInput = try indexMap(from: grid)
    switch interpolation {
    case .linear:
      return sampled(onto: grid, toInput: toInput, fill: fill, threads: threads) { source, n, p in
        let (x, y, z) = (Axis(p.x, n.x), Axis(p.y, n.y), Axis(p.z, n.z))
        func row(_ j: Int, _ k: Int) -> Float {
          let base = n.x * (j + n.y * k)
          return source[base + x.low] * (1 - x.fraction) + source[base + x.high] * x.fraction
        }
        let front = row(y.low, z.low) * (1 - y.fraction) + row(y.high, z.low) * y.fraction
        let back = row(y.low, z.high) * (1 - y.fraction) + row(y.high, z.high) * y.fraction
        return front * (1 - z.fraction) + back * z.fraction
      }
    case .nearest:
      return sampledNearest(onto: grid, toInput: toInput, fill: fill, threads: threads)
    }
  }
}

extension Volume {
  /// The volume sampled at the nearest voxel centres of another grid; values are never mixed.
  ///
  /// - Throws: ``GridError`` when the volume's affine cannot be inverted.
  public func resampledNearest(onto grid: Grid, fill: Element, threads: Int = 1) throws(GridError) -> Volume {
    if grid.isClose(to: self.grid, tolerance: 1e-6) { return Volume(grid: grid, voxels: voxels) }
    return sampledNearest(onto: grid, toInput: try indexMap(from: grid), fill: fill, threads: threads)
  }

  private func sampledNearest(onto grid: Grid, toInput: Affine, fill: Element, threads: Int) -> Volume {
    sampled(onto: grid, toInput: toInput, fill: fill, threads: threads) { source, n, p in
      let i = min(n.x - 1, max(0, Int(p.x.rounded())))
      let j = min(n.y - 1, max(0, Int(p.y.rounded())))
      let k = min(n.z - 1, max(0, Int(p.z.rounded())))
      return source[i + n.x * (j + n.y * k)]
    }
  }

  /// Voxel index of `grid` to voxel index of this volume.
  private func indexMap(from grid: Grid) throws(GridError) -> Affine {
    guard let toIndex = self.grid.affine.inverse else { throw GridError.singularAffine(self.grid.affine) }
    return toIndex * grid.affine
  }

  @inline(__always)
  private func sampled(
    onto grid: Grid, toInput: Affine, fill: Element, threads: Int,
    value: @Sendable (UnsafeBufferPointer<Element>, SIMD3<Int>, SIMD3<Double>) -> Element
  ) -> Volume {
    let n = self.grid.dimensions
    let upper = SIMD3<Double>(n) - 0.5 + 1e-6
    let lower = SIMD3<Double>(repeating: -0.5 - 1e-6)
    let sampled = voxels.withUnsafeBufferPointer { source in
      [Element](unsafeUninitializedCapacity: grid.count) { target, count in
        let plane = grid.dimensions.x * grid.dimensions.y
        nonisolated(unsafe) let (input, output) = (source, target)
        parallel(over: grid.dimensions.z, threads: threads) { k in
          var next = k * plane
          for j in 0..<grid.dimensions.y {
            let start = toInput([0, Double(j), Double(k)])
            for i in 0..<grid.dimensions.x {
              let p = start + toInput.x * Double(i)
              let inside = all(p .>= lower) && all(p .<= upper)
              output.initializeElement(at: next, to: inside ? value(input, n, p) : fill)
              next += 1
            }
          }
        }
        count = grid.count
      }
    }
    return Volume(grid: grid, voxels: sampled)
  }
}

/// The two neighbours of a position along one axis, and how far it lies towards the higher one.
private struct Axis {
  let low: Int
  let high: Int
  let fraction: Float

  @inline(__always)
  init(_ position: Double, _ count: Int) {
    let clamped = min(Double(count - 1), max(0, position))
    low = Int(clamped)
    high = min(count - 1, low + 1)
    fraction = Float(clamped - Double(low))
  }
}

/// Runs `body` for 0..<count on up to `threads` threads, in blocks of neighbouring indices.
@inline(__always)
private func parallel(over count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
  let blocks = max(1, min(threads, count))
  if blocks == 1 { return (0..<count).forEach(body) }
  DispatchQueue.concurrentPerform(iterations: blocks) { block in
    for index in (block * count / blocks)..<((block + 1) * count / blocks) { body(index) }
  }
}

/// What can be wrong with a grid.
public enum GridError: Error, Sendable, CustomStringConvertible {
  /// The three voxel axes do not span space.
  case singularAffine(Affine)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .singularAffine(let a):
      "expected three independent voxel axes in the affine, found rows \(a.rows.map { "[\($0.x), \($0.y), \($0.z)]" })"
    }
  }
}
