public import VoxGrid

/// Reads a NIfTI file volume by volume, so that a file of many volumes never lies in memory as a whole.
public final class NIfTIReader {
  /// What the header says.
  public let header: NIfTIHeader
  /// Volumes not yet read.
  public private(set) var remaining: Int

  private let voxels: ByteSource

  /// Reads the header and finds the voxels: in the same file, or in `NAME.img` beside `NAME.hdr`.
  ///
  /// - Throws: ``FormatError`` when the header is wrong or the file too short for the voxels it announces.
  public init(_ source: ByteSource) throws(FormatError) {
    header = try NIfTIHeader(from: source)
    voxels = header.isPair ? try Self.image(beside: source) : source
    if header.isPair { try voxels.skip(header.voxelOffset, of: "the bytes before the voxels") }
    remaining = header.volumes
    try voxels.expect(header.storedSize, of: "voxels")
  }

  /// The next volume, rescaled to its units; `nil` after the last.
  ///
  /// An identity scaling keeps integers as they are; any other gives floats. 64-bit integers become 32-bit ones where
  /// all of them fit, else doubles.
  ///
  /// - Throws: ``FormatError`` when the file ends early.
  public func next() throws(FormatError) -> AnyVolume? {
    guard remaining > 0 else { return nil }
    let volume = try stored()
    remaining -= 1
    if remaining == 0 { try voxels.verifyEnd() }
    guard let scaling = header.scaling else { return volume }
    return volume.scaled(by: scaling)
  }

  /// Passes over the next volume.
  public func skip() throws(FormatError) {
    guard remaining > 0 else { return }
    try voxels.skip(header.storedSize / header.volumes, of: "voxels")
    remaining -= 1
  }

  private func stored() throws(FormatError) -> AnyVolume {
    let grid = header.grid
    return switch header.datatype {
    case .uint8: .uint8(Volume(grid: grid, voxels: try values()))
    case .int8: .int8(Volume(grid: grid, voxels: try values()))
    case .int16: .int16(Volume(grid: grid, voxels: try values()))
    case .uint16: .uint16(Volume(grid: grid, voxels: try values()))
    case .int32: .int32(Volume(grid: grid, voxels: try values()))
    case .uint32: .uint32(Volume(grid: grid, voxels: try values()))
    case .float32: .float32(Volume(grid: grid, voxels: try values()))
    case .float64: .float64(Volume(grid: grid, voxels: try values()))
    case .int64: AnyVolume(narrowing: Volume<Int64>(grid: grid, voxels: try values()))
    case .uint64: AnyVolume(narrowing: Volume<UInt64>(grid: grid, voxels: try values()))
    default: throw FormatError(.unsupported, "voxels of type \(header.datatype) cannot be read")
    }
  }

  /// The stored numbers of one volume in this machine's byte order.
  private func values<Value: BitwiseCopyable>() throws(FormatError) -> [Value] {
    var values = try voxels.values(header.grid.count, as: Value.self, of: "voxels")
    if header.isBigEndian { swapBytes(of: &values) }
    return values
  }

  private static func image(beside source: ByteSource) throws(FormatError) -> ByteSource {
    guard let path = source.path else {
      throw FormatError(.unsupported, "a header whose voxels lie in another file cannot be read from a pipe")
    }
    let base = String(path.dropLast(path.lowercased().hasSuffix(".gz") ? 7 : 4))
    for suffix in [".img", ".img.gz", ".IMG"] where ByteSource.exists(base + suffix) {
      return try ByteSource(path: base + suffix)
    }
    throw FormatError(.unreadable, "the file with the voxels, \(base).img, is missing")
  }
}

/// Reverses the bytes of every value.
private func swapBytes<Value: BitwiseCopyable>(of values: inout [Value]) {
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
  /// 32-bit integers where every value fits, else doubles.
  fileprivate init<Wide: FixedWidthInteger & Sendable>(narrowing volume: Volume<Wide>) {
    let fits = volume.voxels.allSatisfy { Int32(exactly: $0) != nil }
    self =
      fits
      ? .int32(volume.map { Int32(truncatingIfNeeded: $0) })
      : .float64(volume.map { Double($0) })
  }

  /// Floats after a scaling: 32-bit ones for types they hold exactly, else doubles.
  fileprivate func scaled(by scaling: NIfTIHeader.Scaling) -> AnyVolume {
    func single<T: BinaryInteger>(_ volume: Volume<T>) -> AnyVolume {
      .float32(volume.map { Float(Double($0) * scaling.slope + scaling.inter) })
    }
    func double<T: BinaryInteger>(_ volume: Volume<T>) -> AnyVolume {
      .float64(volume.map { Double($0) * scaling.slope + scaling.inter })
    }
    return switch self {
    case .uint8(let v): single(v)
    case .int8(let v): single(v)
    case .int16(let v): single(v)
    case .uint16(let v): single(v)
    case .int32(let v): double(v)
    case .uint32(let v): double(v)
    case .float32(let v): .float32(v.map { Float(Double($0) * scaling.slope + scaling.inter) })
    case .float64(let v): .float64(v.map { $0 * scaling.slope + scaling.inter })
    }
  }
}
