import Glibc
import VoxCommand

/// This machine's physical memory.
enum MachineMemory {
  /// In bytes.
  static var bytes: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

  /// Refuses work that this machine has no memory for, before it begins.
  ///
  /// - Throws: `CommandError` with status 69.
  static func require(_ needed: Int, for what: String) throws(CommandError) {
    guard needed <= bytes else {
      throw CommandError(
        .unsupported, "\(what) needs \(needed >> 20) MiB of memory, this machine has \(bytes >> 20) MiB")
    }
  }
}
