import Foundation

/// The vectors that kernels should use here.
public enum VectorLanes {
  /// 16 floats where the processor has AVX-512, 8 where it has AVX2, at most what `ONEDNN_MAX_CPU_ISA` allows; `nil` where
  /// there are neither.
  public static let count: Int? = {
    let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let limit = ProcessInfo.processInfo.environment["ONEDNN_MAX_CPU_ISA"]
    if flags.contains(" avx512f "), limit.map({ $0.hasPrefix("AVX512") }) ?? true { return 16 }
    let allowsEight = limit.map { $0.hasPrefix("AVX2") || $0.hasPrefix("AVX512") } ?? true
    return flags.contains(" avx2 ") && flags.contains(" fma ") && allowsEight ? 8 : nil
  }()
}
