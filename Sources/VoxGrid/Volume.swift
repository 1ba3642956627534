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

/// A volume in the number type it was stored in, so that integers survive a conversion that needs no scaling.
public enum AnyVolume: Sendable {
  case uint8(Volume<UInt8>)
  case int8(Volume<Int8>)
  case int16(Volume<Int16>)
  case uint16(Volume<UInt16>)
  case int32(Volume<Int32>)
  case uint32(Volume<UInt32>)
  case float32(Volume<Float>)
  case float64(Volume<Double>)

  /// Where the voxels lie.
  public var grid: Grid {
    switch self {
    case .uint8(let v): v.grid
    case .int8(let v): v.grid
    case .int16(let v): v.grid
    case .uint16(let v): v.grid
    case .int32(let v): v.grid
    case .uint32(let v): v.grid
    case .float32(let v): v.grid
    case .float64(let v): v.grid
    }
  }

  /// The volume with its axes permuted and flipped; no value or type changes.
  public func reoriented(to target: Orientation) -> AnyVolume {
    switch self {
    case .uint8(let v): .uint8(v.reoriented(to: target))
    case .int8(let v): .int8(v.reoriented(to: target))
    case .int16(let v): .int16(v.reoriented(to: target))
    case .uint16(let v): .uint16(v.reoriented(to: target))
    case .int32(let v): .int32(v.reoriented(to: target))
    case .uint32(let v): .uint32(v.reoriented(to: target))
    case .float32(let v): .float32(v.reoriented(to: target))
    case .float64(let v): .float64(v.reoriented(to: target))
    }
  }

  /// The values as 32-bit floats; integers beyond 2^24 are rounded.
  public var float: Volume<Float> {
    switch self {
    case .uint8(let v): v.map { Float($0) }
    case .int8(let v): v.map { Float($0) }
    case .int16(let v): v.map { Float($0) }
    case .uint16(let v): v.map { Float($0) }
    case .int32(let v): v.map { Float($0) }
    case .uint32(let v): v.map { Float($0) }
    case .float32(let v): v
    case .float64(let v): v.map { Float($0) }
    }
  }

  /// The values as labels, or `nil` when one is not an integer that fits 32 bits.
  public var labels: LabelMap? {
    func exact<T>(_ v: Volume<T>, _ convert: (T) -> Int32?) -> LabelMap? {
      var out: [Int32] = []
      out.reserveCapacity(v.voxels.count)
      for value in v.voxels {
        guard let label = convert(value) else { return nil }
        out.append(label)
      }
      return LabelMap(grid: v.grid, voxels: out)
    }
    return switch self {
    case .uint8(let v): v.map(Int32.init)
    case .int8(let v): v.map(Int32.init)
    case .int16(let v): v.map(Int32.init)
    case .uint16(let v): v.map(Int32.init)
    case .int32(let v): v
    case .uint32(let v): exact(v, Int32.init(exactly:))
    case .float32(let v): exact(v, Int32.init(exactly:))
    case .float64(let v): exact(v, Int32.init(exactly:))
    }
  }
}
