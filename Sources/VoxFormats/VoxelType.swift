public import VoxGrid

/// The types voxels are stored in.
public enum VoxelType: String, Sendable, CaseIterable {
  case uint8, int8, int16, uint16, int32, uint32, float32, float64, rgb24, rgba32

  /// The types that are numbers.
  public static let numbers = allCases.filter { !$0.isColor }

  /// Whether a voxel is a colour.
  public var isColor: Bool { self == .rgb24 || self == .rgba32 }

  /// Bytes of one voxel.
  public var size: Int {
    switch self {
    case .uint8, .int8: 1
    case .int16, .uint16: 2
    case .rgb24: 3
    case .int32, .uint32, .float32, .rgba32: 4
    case .float64: 8
    }
  }
}

extension AnyVolume {
  /// The type the voxels are stored in.
  public var type: VoxelType {
    switch self {
    case .uint8: .uint8
    case .int8: .int8
    case .int16: .int16
    case .uint16: .uint16
    case .int32: .int32
    case .uint32: .uint32
    case .float32: .float32
    case .float64: .float64
    case .rgb24: .rgb24
    case .rgba32: .rgba32
    }
  }

  /// The volume in another type; for an integer type values are rounded to the nearest, of colours the luminance is
  /// taken.
  ///
  /// - Throws: ``FormatError`` with code `unsupported` that names a value the type cannot hold, and for colours of
  ///   numbers.
  public func converted(to target: VoxelType) throws(FormatError) -> AnyVolume {
    if target == type { return self }
    return switch target {
    case .uint8: .uint8(try rounded())
    case .int8: .int8(try rounded())
    case .int16: .int16(try rounded())
    case .uint16: .uint16(try rounded())
    case .int32: .int32(try rounded())
    case .uint32: .uint32(try rounded())
    case .float32: .float32(float)
    case .float64: .float64(try transformed { value throws(FormatError) in value })
    case .rgb24, .rgba32:
      throw FormatError(.unsupported, "voxels of type \(type.rawValue) cannot become colours; choose a number type")
    }
  }

  private func rounded<Integer: FixedWidthInteger & Sendable>() throws(FormatError) -> Volume<Integer> {
    // Most integers fit; the long way finds the value that does not.
    if case .int32(let volume) = self, let exact: Volume<Integer> = volume.exactly() { return exact }
    return try transformed { value throws(FormatError) in
      guard let integer = Integer(exactly: value.rounded(.toNearestOrEven)) else {
        throw FormatError(
          .unsupported, "the value \(value) does not fit \(Integer.self); choose a wider --type or float32")
      }
      return integer
    }
  }

  /// Every value, as a double, through a function.
  private func transformed<Result: Sendable>(
    _ transform: (Double) throws(FormatError) -> Result
  ) throws(FormatError) -> Volume<Result> {
    switch self {
    case .uint8(let v): try v.transformed { value throws(FormatError) in try transform(Double(value)) }
    case .int8(let v): try v.transformed { value throws(FormatError) in try transform(Double(value)) }
    case .int16(let v): try v.transformed { value throws(FormatError) in try transform(Double(value)) }
    case .uint16(let v): try v.transformed { value throws(FormatError) in try transform(Double(value)) }
    case .int32(let v): try v.transformed { value throws(FormatError) in try transform(Double(value)) }
    case .uint32(let v): try v.transformed { value throws(FormatError) in try transform(Double(value)) }
    case .float32(let v): try v.transformed { value throws(FormatError) in try transform(Double(value)) }
    case .float64(let v): try v.transformed(transform)
    case .rgb24, .rgba32: try float.transformed { value throws(FormatError) in try transform(Double(value)) }
    }
  }
}

extension Volume {
  fileprivate func transformed<Result: Sendable>(
    _ transform: (Element) throws(FormatError) -> Result
  ) throws(FormatError) -> Volume<Result> {
    var out: [Result] = []
    out.reserveCapacity(voxels.count)
    for value in voxels { out.append(try transform(value)) }
    return Volume<Result>(grid: grid, voxels: out)
  }
}
