/// Voxel values on a grid, first axis fastest.
public struct Volume<Element: Sendable>: Sendable {
  /// Where the voxels lie.
  public var grid: Grid
  /// One value per voxel.
  public var voxels: [Element]

  /// Makes a volume.
  ///
  /// - Precondition: `voxels.count == grid.count`.
  public init(grid: Grid, voxels: [Element]) {
    precondition(voxels.count == grid.count, "a volume needs one value per voxel of its grid")
    (self.grid, self.voxels) = (grid, voxels)
  }

  /// Makes a volume of one value.
  public init(grid: Grid, repeating value: Element) {
    (self.grid, self.voxels) = (grid, Array(repeating: value, count: grid.count))
  }

  /// The value of one voxel.
  @inlinable public subscript(i: Int, j: Int, k: Int) -> Element {
    get { voxels[grid.offset(i, j, k)] }
    set { voxels[grid.offset(i, j, k)] = newValue }
  }

  /// The same grid with every value converted.
  @inlinable public func map<Result>(_ convert: (Element) throws -> Result) rethrows -> Volume<Result> {
    Volume<Result>(grid: grid, voxels: try voxels.map(convert))
  }

  /// The volume with its axes permuted and flipped to point as `target` says; no value changes.
  ///
  /// - Complexity: O(voxels).
  public func reoriented(to target: Orientation) -> Volume {
    let mapping = AxisMapping(from: grid, to: target)
    if mapping.isIdentity { return self }
    let (n, s) = (mapping.output.dimensions, mapping.strides)
    let moved = voxels.withUnsafeBufferPointer { source in
      [Element](unsafeUninitializedCapacity: grid.count) { target, count in
        var next = 0
        for k in 0..<n.z {
          for j in 0..<n.y {
            var from = mapping.start + j * s.y + k * s.z
            for _ in 0..<n.x {
              (target.baseAddress.unsafelyUnwrapped + next).initialize(to: source[from])
              from += s.x
              next += 1
            }
          }
        }
        count = next
      }
    }
    return Volume(grid: mapping.output, voxels: moved)
  }
}

extension Volume where Element: Comparable & ExpressibleByIntegerLiteral {
  /// The smallest value, not-a-numbers aside; 0 where there is none.
  ///
  /// - Complexity: O(voxels).
  @inlinable public var minimum: Element { voxels.lazy.filter { $0 == $0 }.min() ?? 0 }
}

/// Integer label values on a grid; 0 is background.
public typealias LabelMap = Volume<Int32>
