internal import CDNNL
internal import CVoxKernels

/// The vectors that kernels compute in.
enum Vectors {
  /// Floats of the widest ones: 16 of AVX-512 or 8 of AVX2, as many as channels of a block; `nil` where there are neither,
  /// and no loops of our own for convolutions and attention. `ONEDNN_MAX_CPU_ISA` can limit them.
  static let lanes: Int? = {
    let lanes = min(Int(cdnnl_lanes()), cvox_most_lanes())
    return lanes >= 8 ? lanes : nil
  }()

  /// Channels of a block where there are blocks.
  static var block: Int { lanes ?? 16 }
}
