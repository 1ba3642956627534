/// A volume in the type it was stored in, so that integers survive a conversion that needs no scaling.
public enum AnyVolume: Sendable {
  case uint8(Volume<UInt8>)
  case int8(Volume<Int8>)
  case int16(Volume<Int16>)
  case uint16(Volume<UInt16>)
  case int32(Volume<Int32>)
  case uint32(Volume<UInt32>)
  case float32(Volume<Float>)
  case float64(Volume<Double>)
  case rgb24(Volume<RGB>)
  case rgba32(Volume<RGBA>)

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
    case .rgb24(let v): v.grid
    case .rgba32(let v): v.grid
    }
  }

  /// The volume with its axes permuted and flipped; no value or type changes.
  ///
  /// Flips alone are made in place where the voxels are held by nothing else: a caller that needs the volume no longer
  /// says `consume`.
  public consuming func reoriented(to target: Orientation, threads: Int = 1) -> AnyVolume {
    switch consume self {
    case .uint8(let v): .uint8(v.reoriented(to: target, threads: threads))
    case .int8(let v): .int8(v.reoriented(to: target, threads: threads))
    case .int16(let v): .int16(v.reoriented(to: target, threads: threads))
    case .uint16(let v): .uint16(v.reoriented(to: target, threads: threads))
    case .int32(let v): .int32(v.reoriented(to: target, threads: threads))
    case .uint32(let v): .uint32(v.reoriented(to: target, threads: threads))
    case .float32(let v): .float32(v.reoriented(to: target, threads: threads))
    case .float64(let v): .float64(v.reoriented(to: target, threads: threads))
    case .rgb24(let v): .rgb24(v.reoriented(to: target, threads: threads))
    case .rgba32(let v): .rgba32(v.reoriented(to: target, threads: threads))
    }
  }

  /// Whether the voxels are colours, not numbers.
  public var isColor: Bool {
    switch self {
    case .rgb24, .rgba32: true
    default: false
    }
  }

  /// The values as 32-bit floats; integers beyond 2^24 are rounded, of colours the luminance is taken.
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
    case .rgb24(let v): v.map { $0.luminance }
    case .rgba32(let v): v.map { $0.color.luminance }
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
    case .float32(let v): v.exactly()
    case .float64(let v): exact(v, Int32.init(exactly:))
    case .rgb24, .rgba32: nil
    }
  }
}
