import Foundation

/// The vectors that kernels should use here.
public enum VectorLanes {
  /// 16 floats where the processor has AVX-512, 8 where it has AVX2, at most what `ONEDNN_MAX_CPU_ISA` allows; `nil` where
  /// there are neither.
  public static let count: Int? = {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let flags = Set(text.split { $0.isWhitespace })
    let limit = ProcessInfo.processInfo.environment["ONEDNN_MAX_CPU_ISA"] ?? "ALL"
    if flags.isSuperset(of: ["avx512f", "avx512bw", "avx512dq", "avx512vl"]),
      limit == "ALL" || limit.hasPrefix("AVX512_CORE")
    {
      return 16
    }
    return flags.isSuperset(of: ["avx2", "fma"]) && (limit == "ALL" || limit.hasPrefix("AVX")) && limit != "AVX"
      ? 8 : nil
  }()
}
