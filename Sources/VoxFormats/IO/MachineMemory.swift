import Glibc

/// This machine's physical memory.
public enum MachineMemory {
  /// In bytes.
  public static var bytes: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

  /// Refuses work that this machine has no memory for, before it begins.
  ///
  /// - Parameters:
  ///   - needed: in bytes.
  ///   - what: what the bytes are for.
  /// - Throws: ``FormatError`` with code `unsupported`.
  public static func require(_ needed: Int, for what: String) throws(FormatError) {
    guard needed <= bytes else {
      throw FormatError(
        .unsupported, "\(what) needs \(needed >> 20) MiB of memory, this machine has \(bytes >> 20) MiB")
    }
  }
}
