internal import CDNNL

/// The numbers that convolutions and matrix products multiply; they sum up, and all else computes, in 32-bit floats.
/// Convolutions that loops of our own carry out multiply 32-bit floats in any case.
public enum Precision: String, Sendable, CaseIterable {
  /// 32-bit floats.
  case f32
  /// bfloat16: the range of 32-bit floats with 8 significant bits, twice as fast where the processor has it.
  case bf16

  /// Whether this machine's processor has instructions for it.
  public var isAvailable: Bool { self == .f32 || cdnnl_has_bf16() }
}
