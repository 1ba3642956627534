/// The voxel types NIfTI knows, by their code in the header.
///
/// - Source: nifti1.h, `DT_*`.
public enum NIfTIDatatype: Int, Sendable, CaseIterable {
  case binary = 1
  case uint8 = 2
  case int16 = 4
  case int32 = 8
  case float32 = 16
  case complex64 = 32
  case float64 = 64
  case rgb24 = 128
  case int8 = 256
  case uint16 = 512
  case uint32 = 768
  case int64 = 1024
  case uint64 = 1280
  case float128 = 1536
  case complex128 = 1792
  case complex256 = 2048
  case rgba32 = 2304

  /// The code of a voxel type.
  public init(_ type: VoxelType) {
    self =
      switch type {
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

  /// Bits of one voxel.
  public var bits: Int {
    switch self {
    case .binary: 1
    case .uint8, .int8: 8
    case .int16, .uint16: 16
    case .rgb24: 24
    case .int32, .uint32, .float32, .rgba32: 32
    case .int64, .uint64, .float64, .complex64: 64
    case .float128, .complex128: 128
    case .complex256: 256
    }
  }

  /// How the voxels are read; `nil` for those that are not: bits, complex and 128-bit numbers.
  var stored: StoredType? {
    switch self {
    case .uint8: .voxel(.uint8)
    case .int8: .voxel(.int8)
    case .int16: .voxel(.int16)
    case .uint16: .voxel(.uint16)
    case .int32: .voxel(.int32)
    case .uint32: .voxel(.uint32)
    case .float32: .voxel(.float32)
    case .float64: .voxel(.float64)
    case .rgb24: .voxel(.rgb24)
    case .rgba32: .voxel(.rgba32)
    case .int64: .int64
    case .uint64: .uint64
    case .binary, .complex64, .complex128, .complex256, .float128: nil
    }
  }
}
