import Crypto
public import VoxFormats

/// SHA-256 digests of files, as lower-case hexadecimal.
public enum Digest {
  /// The digest of bytes in memory.
  public static func sha256(_ bytes: some Sequence<UInt8>) -> String {
    var hash = SHA256()
    Array(bytes).withUnsafeBytes { hash.update(bufferPointer: $0) }
    return hex(hash)
  }

  /// The digest of a file as it is stored.
  ///
  /// - Complexity: O(bytes of the file), with a buffer of 1 MiB.
  public static func sha256(path: String) throws(FormatError) -> String {
    let file = try ByteSource(path: path, decompressing: false)
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { block.deallocate() }
    var hash = SHA256()
    while true {
      let count = try file.read(into: block)
      if count == 0 { return hex(hash) }
      hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(block)[..<count]))
    }
  }

  private static func hex(_ hash: SHA256) -> String {
    hash.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
