/// A map of voxel indices in which every target axis runs along one source axis, so that an axis at a time can be
/// looked at.
struct AlignedMap {
  /// Source axis of each target axis.
  let axes: SIMD3<Int>
  /// Target axis of each source axis.
  let targets: SIMD3<Int>
  private let map: Affine

  /// Reads a map of target indices to source indices; `nil` where it turns.
  ///
  /// What does not run along the axes may move no voxel of the target by more than a millionth of a source voxel.
  ///
  /// - Parameter dimensions: the target's.
  init?(_ map: Affine, over dimensions: SIMD3<Int>) {
    var (axes, targets) = (SIMD3<Int>.zero, SIMD3(repeating: -1))
    var stray = SIMD3<Double>.zero
    for target in 0..<3 {
      let size = SIMD3(abs(map[target].x), abs(map[target].y), abs(map[target].z))
      let axis = size.x >= size.y && size.x >= size.z ? 0 : size.y >= size.z ? 1 : 2
      guard targets[axis] < 0 else { return nil }
      (axes[target], targets[axis]) = (axis, target)
      var rest = size * Double(dimensions[target] - 1)
      rest[axis] = 0
      stray += rest
    }
    guard stray.max() <= 1e-6 else { return nil }
    (self.axes, self.targets, self.map) = (axes, targets, map)
  }

  /// Where the target's voxels lie along one source axis, in source voxels.
  func positions(along axis: Int, count: Int) -> [Double] {
    let (start, step) = (map.t[axis], map[targets[axis]][axis])
    return (0..<count).map { start + step * Double($0) }
  }
}

/// Positions along one source axis, ready to interpolate at.
struct AxisSamples {
  /// Target indices whose position belongs to the volume; the rest is outside.
  let inside: Range<Int>
  /// The voxel at or below each position, which has been moved into the volume.
  let low: [Int]
  /// How far each position lies towards the next voxel.
  let fraction: [Float]

  /// Prepares positions in rising or falling order along an axis of `count` voxels.
  init(_ positions: [Double], count: Int) {
    let clamped = positions.map { min(Double(count - 1), max(0, $0)) }
    low = clamped.map { Int($0) }
    fraction = zip(clamped, low).map { Float($0 - Double($1)) }
    let first = positions.firstIndex { Extent.contains($0, count) } ?? 0
    let last = positions.lastIndex { Extent.contains($0, count) } ?? -1
    inside = first..<(last + 1)
  }
}

/// What belongs to a volume: everything up to half a voxel from its outer voxel centres, and a millionth for rounding.
enum Extent {
  static let margin = 0.5 + 1e-6

  @inline(__always)
  static func contains(_ position: Double, _ count: Int) -> Bool {
    position >= -margin && position <= Double(count - 1) + margin
  }

  @inline(__always)
  static func contains(_ p: SIMD3<Double>, _ n: SIMD3<Int>) -> Bool {
    contains(p.x, n.x) && contains(p.y, n.y) && contains(p.z, n.z)
  }
}
