import VoxGrid

/// Stored numbers along any number of axes, of which up to three are a grid's; the others count colours or volumes.
struct StoredArray {
  /// What an axis counts.
  enum Role {
    /// Voxels along an axis of the grid.
    case space
    /// The red, green, blue and perhaps opacity of a colour; bytes only, else volumes.
    case color
    /// Volumes.
    case volume
  }

  /// One axis.
  struct Axis {
    let extent: Int
    let role: Role
  }

  /// The type of one number.
  let type: StoredType
  /// Whether the numbers lie most significant byte first.
  let isBigEndian: Bool
  /// Fastest first.
  let axes: [Axis]
  /// How many numbers there are.
  let count: Int

  /// Checks that the axes make volumes.
  ///
  /// Spatial axes after the third count volumes, too.
  ///
  /// - Throws: ``FormatError`` with code `malformed`.
  init(_ type: StoredType, isBigEndian: Bool, axes: [(extent: Int, role: Role)]) throws(FormatError) {
    var (list, count, spatial, hasColor): ([Axis], Int, Int, Bool) = ([], 1, 0, false)
    for (index, axis) in axes.enumerated() {
      guard axis.extent >= 1 else {
        throw FormatError(.malformed, "expected a positive extent along axis \(index), found \(axis.extent)")
      }
      let product = count.multipliedReportingOverflow(by: axis.extent)
      guard !product.overflow, product.partialValue < Self.highestCount else {
        throw FormatError(.malformed, "the extents \(axes.map(\.extent)) give more voxels than a file can hold")
      }
      count = product.partialValue
      var role = axis.role
      if role == .color {
        if type != .voxel(.uint8) || !(3...4).contains(axis.extent) || hasColor { role = .volume }
        hasColor = hasColor || role == .color
      }
      if role == .space {
        spatial += 1
        if spatial > 3 { role = .volume }
      }
      list.append(Axis(extent: axis.extent, role: role))
    }
    guard spatial > 0 else { throw FormatError(.malformed, "expected an axis in space, found none") }
    (self.type, self.isBigEndian, self.axes, self.count) = (type, isBigEndian, list, count)
  }

  /// Numbers of a file beyond any disk; below it sizes in bytes cannot overflow.
  private static let highestCount = 1 << 56

  /// Bytes of all numbers.
  var byteCount: Int { count * type.size }

  /// Voxels along the axes of the grid; 1 for an axis the array lacks.
  var dimensions: SIMD3<Int> {
    let extents = axes.filter { $0.role == .space }.map(\.extent) + [1, 1]
    return SIMD3(extents[0], extents[1], extents[2])
  }

  /// How many volumes the array holds.
  var volumes: Int { axes.reduce(1) { $1.role == .volume ? $0 * $1.extent : $0 } }

  /// The type of one voxel.
  var voxelType: StoredType {
    guard let color = axes.first(where: { $0.role == .color }) else { return type }
    return .voxel(color.extent == 3 ? .rgb24 : .rgba32)
  }

  /// Whether every volume lies in one piece, the voxels in the grid's order.
  var isSequential: Bool {
    let order = axes.filter { $0.extent > 1 }.map { axis in
      switch axis.role {
      case .color: 0
      case .space: 1
      case .volume: 2
      }
    }
    return order == order.sorted()
  }

  /// One volume out of all numbers.
  ///
  /// - Parameter all: as many as ``count`` says, in the order of the file.
  /// - Complexity: O(voxels of the volume).
  func volume(_ index: Int, of all: AnyVolume, on grid: Grid) -> AnyVolume {
    let (base, steps, color) = layout(of: index)
    func pick<Element>(_ source: Volume<Element>) -> Volume<Element> {
      pick(source) { values, offset in values[offset] }
    }
    func pick<Element, Voxel>(
      _ source: Volume<Element>, _ voxel: (UnsafeBufferPointer<Element>, Int) -> Voxel
    ) -> Volume<Voxel> {
      let n = grid.dimensions
      let voxels = source.voxels.withUnsafeBufferPointer { values in
        [Voxel](unsafeUninitializedCapacity: grid.count) { target, count in
          for k in 0..<n.z {
            for j in 0..<n.y {
              var offset = base + j * steps.y + k * steps.z
              for _ in 0..<n.x {
                target.initializeElement(at: count, to: voxel(values, offset))
                offset += steps.x
                count += 1
              }
            }
          }
        }
      }
      return Volume(grid: grid, voxels: voxels)
    }
    return switch all {
    case .uint8(let v):
      switch voxelType {
      case .voxel(.rgb24): .rgb24(pick(v) { RGB($0[$1], $0[$1 + color], $0[$1 + 2 * color]) })
      case .voxel(.rgba32):
        .rgba32(pick(v) { RGBA($0[$1], $0[$1 + color], $0[$1 + 2 * color], $0[$1 + 3 * color]) })
      default: .uint8(pick(v))
      }
    case .int8(let v): .int8(pick(v))
    case .int16(let v): .int16(pick(v))
    case .uint16(let v): .uint16(pick(v))
    case .int32(let v): .int32(pick(v))
    case .uint32(let v): .uint32(pick(v))
    case .float32(let v): .float32(pick(v))
    case .float64(let v): .float64(pick(v))
    case .rgb24(let v): .rgb24(pick(v))
    case .rgba32(let v): .rgba32(pick(v))
    }
  }

  /// Offset of a volume's first number, and the steps along the axes of grid and colour.
  private func layout(of volume: Int) -> (base: Int, steps: SIMD3<Int>, color: Int) {
    var (base, steps, color, spatial, step, rest) = (0, SIMD3<Int>.zero, 0, 0, 1, volume)
    for axis in axes {
      switch axis.role {
      case .space:
        steps[spatial] = step
        spatial += 1
      case .color: color = step
      case .volume:
        base += rest % axis.extent * step
        rest /= axis.extent
      }
      step *= axis.extent
    }
    return (base, steps, color)
  }
}
