public import VoxGrid

/// The types that files store voxels in: those of volumes, and 64-bit integers.
///
/// 64-bit integers become 32-bit ones where all of them fit, else doubles where those are exact.
public enum StoredType: Sendable, Hashable {
  case voxel(VoxelType)
  case int64
  case uint64

  /// Bytes of one voxel.
  public var size: Int {
    switch self {
    case .voxel(let type): type.size
    case .int64, .uint64: 8
    }
  }

  /// What users call it.
  public var name: String {
    switch self {
    case .voxel(let type): type.rawValue
    case .int64: "int64"
    case .uint64: "uint64"
    }
  }
}

extension ByteSource {
  /// Reads the voxels of one volume as they lie in the file.
  ///
  /// - Throws: ``FormatError``: `malformed` where the source ends early; `unsupported` where a 64-bit integer is too
  ///   large for a double.
  public func volume(of type: StoredType, on grid: Grid, isBigEndian: Bool) throws(FormatError) -> AnyVolume {
    let voxels = StoredVoxels(source: self, grid: grid, isBigEndian: isBigEndian)
    return switch type {
    case .voxel(.uint8): .uint8(try voxels.read())
    case .voxel(.int8): .int8(try voxels.read())
    case .voxel(.int16): .int16(try voxels.read())
    case .voxel(.uint16): .uint16(try voxels.read())
    case .voxel(.int32): .int32(try voxels.read())
    case .voxel(.uint32): .uint32(try voxels.read())
    case .voxel(.float32): .float32(try voxels.read())
    case .voxel(.float64): .float64(try voxels.read())
    case .voxel(.rgb24): .rgb24(try voxels.read(isSwapped: false))
    case .voxel(.rgba32): .rgba32(try voxels.read(isSwapped: false))
    case .int64: try AnyVolume(narrowing: try voxels.read() as Volume<Int64>)
    case .uint64: try AnyVolume(narrowing: try voxels.read() as Volume<UInt64>)
    }
  }
}

extension ByteSink {
  /// Writes the voxels of a volume as they lie in memory, little-endian.
  func write(_ volume: AnyVolume) throws(FormatError) {
    switch volume {
    case .uint8(let v): try write(values: v.voxels)
    case .int8(let v): try write(values: v.voxels)
    case .int16(let v): try write(values: v.voxels)
    case .uint16(let v): try write(values: v.voxels)
    case .int32(let v): try write(values: v.voxels)
    case .uint32(let v): try write(values: v.voxels)
    case .float32(let v): try write(values: v.voxels)
    case .float64(let v): try write(values: v.voxels)
    case .rgb24(let v): try write(values: v.voxels)
    case .rgba32(let v): try write(values: v.voxels)
    }
  }
}

private struct StoredVoxels {
  let source: ByteSource
  let grid: Grid
  let isBigEndian: Bool

  /// The stored values of one volume in this machine's byte order.
  func read<Value: BitwiseCopyable & Sendable>(isSwapped: Bool? = nil) throws(FormatError) -> Volume<Value> {
    var values = try source.values(grid.count, as: Value.self, of: "voxels")
    if isSwapped ?? isBigEndian { swapBytes(of: &values) }
    return Volume(grid: grid, voxels: values)
  }
}

/// Reverses the bytes of every value.
func swapBytes<Value: BitwiseCopyable>(of values: inout [Value]) {
  func swap<Word: FixedWidthInteger & BitwiseCopyable>(_ bytes: UnsafeMutableRawBufferPointer, _: Word.Type) {
    for word in 0..<bytes.count / MemoryLayout<Word>.size {
      let offset = word * MemoryLayout<Word>.size
      let swapped = bytes.load(fromByteOffset: offset, as: Word.self).byteSwapped
      bytes.storeBytes(of: swapped, toByteOffset: offset, as: Word.self)
    }
  }
  values.withUnsafeMutableBytes { bytes in
    switch MemoryLayout<Value>.size {
    case 2: swap(bytes, UInt16.self)
    case 4: swap(bytes, UInt32.self)
    case 8: swap(bytes, UInt64.self)
    default: break
    }
  }
}

extension AnyVolume {
  /// 32-bit integers where every value fits, else doubles where every value is exact.
  fileprivate init<Wide: FixedWidthInteger & Sendable>(narrowing volume: Volume<Wide>) throws(FormatError) {
    if volume.voxels.allSatisfy({ Int32(exactly: $0) != nil }) {
      self = .int32(volume.map { Int32(truncatingIfNeeded: $0) })
      return
    }
    if let offset = volume.voxels.firstIndex(where: { Double(exactly: $0) == nil }) {
      let voxel = volume.grid.index(offset)
      throw FormatError(
        .unsupported,
        "the 64-bit integer \(volume.voxels[offset]) at voxel \(voxel.x),\(voxel.y),\(voxel.z) is no exact double; "
          + "renumber the values")
    }
    self = .float64(volume.map { Double($0) })
  }

  /// `slope * value + intercept` as floats: 32-bit ones for types they hold exactly, else doubles; colours stay.
  func scaled(slope: Double, intercept: Double) -> AnyVolume {
    func single<T: BinaryInteger>(_ volume: Volume<T>) -> AnyVolume {
      .float32(volume.map { Float(Double($0) * slope + intercept) })
    }
    func double<T: BinaryInteger>(_ volume: Volume<T>) -> AnyVolume {
      .float64(volume.map { Double($0) * slope + intercept })
    }
    return switch self {
    case .uint8(let v): single(v)
    case .int8(let v): single(v)
    case .int16(let v): single(v)
    case .uint16(let v): single(v)
    case .int32(let v): double(v)
    case .uint32(let v): double(v)
    case .float32(let v): .float32(v.map { Float(Double($0) * slope + intercept) })
    case .float64(let v): .float64(v.map { $0 * slope + intercept })
    case .rgb24, .rgba32: self
    }
  }
}
