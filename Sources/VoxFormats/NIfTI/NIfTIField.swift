/// The fields of a NIfTI header this program reads or writes, with their places in both versions.
///
/// - Source: nifti1.h and nifti2.h of <https://nifti.nimh.nih.gov>.
enum NIfTIField: CaseIterable {
  case sizeofHeader, magic, dimInfo, dim, datatype, bitpix, pixdim, voxOffset, slope, inter, displayMaximum
  case displayMinimum, units, description, intentCode, intentName, qformCode, sformCode, quaternion, qoffset, srow

  /// Where a field lies: byte offset, the type of its numbers, and how many there are.
  struct Place {
    let offset: Int
    let type: Number
    let count: Int

    init(_ offset: Int, _ type: Number, _ count: Int = 1) {
      (self.offset, self.type, self.count) = (offset, type, count)
    }
  }

  /// A number type of the header.
  enum Number {
    case uint8, int16, int32, int64, float32, float64

    var size: Int {
      switch self {
      case .uint8: 1
      case .int16: 2
      case .int32, .float32: 4
      case .int64, .float64: 8
      }
    }
  }

  /// Where the field lies in a version.
  func place(in version: NIfTIVersion) -> Place {
    let (one, two) = places
    return version == .one ? one : two
  }

  private var places: (Place, Place) {
    switch self {
    //                          NIfTI-1                 NIfTI-2
    case .sizeofHeader: (Place(0, .int32), Place(0, .int32))
    case .magic: (Place(344, .uint8, 4), Place(4, .uint8, 8))
    case .dimInfo: (Place(39, .uint8), Place(524, .uint8))
    case .dim: (Place(40, .int16, 8), Place(16, .int64, 8))
    case .datatype: (Place(70, .int16), Place(12, .int16))
    case .bitpix: (Place(72, .int16), Place(14, .int16))
    case .pixdim: (Place(76, .float32, 8), Place(104, .float64, 8))
    case .voxOffset: (Place(108, .float32), Place(168, .int64))
    case .slope: (Place(112, .float32), Place(176, .float64))
    case .inter: (Place(116, .float32), Place(184, .float64))
    case .displayMaximum: (Place(124, .float32), Place(192, .float64))  // cal_max
    case .displayMinimum: (Place(128, .float32), Place(200, .float64))  // cal_min
    case .units: (Place(123, .uint8), Place(500, .int32))
    case .description: (Place(148, .uint8, 80), Place(240, .uint8, 80))
    case .intentCode: (Place(68, .int16), Place(504, .int32))
    case .intentName: (Place(328, .uint8, 16), Place(508, .uint8, 16))
    case .qformCode: (Place(252, .int16), Place(344, .int32))
    case .sformCode: (Place(254, .int16), Place(348, .int32))
    case .quaternion: (Place(256, .float32, 3), Place(352, .float64, 3))
    case .qoffset: (Place(268, .float32, 3), Place(376, .float64, 3))
    case .srow: (Place(280, .float32, 12), Place(400, .float64, 12))
    }
  }
}

/// The two versions of the header.
public enum NIfTIVersion: Sendable {
  /// 16-bit dimensions.
  case one
  /// 64-bit dimensions.
  case two

  /// Bytes of the header, without the four that announce extensions.
  var headerSize: Int { self == .one ? 348 : 540 }

  /// The magic bytes of a header with its voxels in the same file.
  var singleFileMagic: [UInt8] { self == .one ? Array("n+1\0".utf8) : Array("n+2\0\r\n\u{1a}\n".utf8) }

  /// The magic bytes of a header with its voxels in an `.img` file.
  var pairMagic: [UInt8] { self == .one ? Array("ni1\0".utf8) : Array("ni2\0\r\n\u{1a}\n".utf8) }
}

/// The bytes of a header, read and written field by field.
struct NIfTIHeaderBytes {
  let version: NIfTIVersion
  /// Whether the numbers lie most significant byte first.
  let isBigEndian: Bool
  private(set) var bytes: [UInt8]

  /// Takes the bytes of a header.
  ///
  /// - Precondition: `bytes` has the size of the version's header.
  init(_ bytes: [UInt8], version: NIfTIVersion, isBigEndian: Bool) {
    precondition(bytes.count == version.headerSize, "a NIfTI header has \(version.headerSize) bytes")
    (self.bytes, self.version, self.isBigEndian) = (bytes, version, isBigEndian)
  }

  /// Makes a little-endian header of zeros.
  init(version: NIfTIVersion) {
    self.init([UInt8](repeating: 0, count: version.headerSize), version: version, isBigEndian: false)
  }

  /// One number of a field as a double; integers of more than 53 bits are rounded.
  func number(_ field: NIfTIField, _ index: Int = 0) -> Double {
    let place = field.place(in: version)
    let bits = bits(place, index)
    return switch place.type {
    case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case .float64: Double(bitPattern: bits)
    default: Double(integer(field, index))
    }
  }

  /// One number of an integer field.
  func integer(_ field: NIfTIField, _ index: Int = 0) -> Int {
    let place = field.place(in: version)
    let bits = bits(place, index)
    return switch place.type {
    case .uint8: Int(bits)
    case .int16: Int(Int16(truncatingIfNeeded: bits))
    case .int32: Int(Int32(truncatingIfNeeded: bits))
    case .int64: Int(truncatingIfNeeded: bits)
    case .float32, .float64: Int(exactly: number(field, index).rounded()) ?? .min
    }
  }

  /// The bytes of a field.
  func raw(_ field: NIfTIField) -> ArraySlice<UInt8> {
    let place = field.place(in: version)
    return bytes[place.offset..<place.offset + place.count * place.type.size]
  }

  /// Writes one number of a field, rounded to the field's type.
  mutating func set(_ field: NIfTIField, _ index: Int = 0, to value: Double) {
    let place = field.place(in: version)
    switch place.type {
    case .float32: store(UInt64(Float(value).bitPattern), place, index)
    case .float64: store(value.bitPattern, place, index)
    default: store(UInt64(bitPattern: Int64(value)), place, index)
    }
  }

  /// Writes a field of bytes, cut to its length.
  mutating func set(_ field: NIfTIField, raw value: some Sequence<UInt8>) {
    let place = field.place(in: version)
    for (index, byte) in value.prefix(place.count).enumerated() { bytes[place.offset + index] = byte }
  }

  private func bits(_ place: NIfTIField.Place, _ index: Int) -> UInt64 {
    let start = place.offset + index * place.type.size
    let field = bytes[start..<start + place.type.size]
    return isBigEndian ? field.reduce(0) { $0 << 8 | UInt64($1) } : field.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func store(_ bits: UInt64, _ place: NIfTIField.Place, _ index: Int) {
    let size = place.type.size
    for byte in 0..<size {
      let shift = 8 * (isBigEndian ? size - 1 - byte : byte)
      bytes[place.offset + index * size + byte] = UInt8(truncatingIfNeeded: bits >> UInt64(shift))
    }
  }
}
