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
    let converted = try [Result](unsafeUninitializedCapacity: voxels.count) { target, count in
      var next = 0
      defer { count = next }
      for value in voxels {
        (target.baseAddress.unsafelyUnwrapped + next).initialize(to: try convert(value))
        next += 1
      }
    }
    return Volume<Result>(grid: grid, voxels: converted)
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
