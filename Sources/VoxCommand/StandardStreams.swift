import Glibc
public import VoxFormats

extension ByteSource {
  /// Opens what a user names: a path, or `-` for standard input.
  ///
  /// - Throws: ``CommandError`` with status 64 when standard input is a terminal; ``FormatError``.
  public static func open(_ operand: String) throws -> ByteSource {
    guard operand == "-" else { return try ByteSource(path: operand) }
    guard isatty(STDIN_FILENO) == 0 else {
      throw CommandError(
        .usage, "expected data on standard input, found a terminal; name a file or put a command before the pipe")
    }
    return try ByteSource(descriptor: STDIN_FILENO, name: "standard input")
  }
}

extension ByteSink {
  /// Opens what a user names for a stream: a path (the file appears whole or not at all), or `-` for standard output.
  ///
  /// - Throws: ``CommandError`` with status 64 when standard output is a terminal, or the name is that of no NIfTI and
  ///   no device or pipe; ``FormatError``.
  public static func open(_ operand: String, threads: Int = 1) throws -> ByteSink {
    guard operand == "-" else {
      let isNIfTI = NIfTIFormat.writableExtensions.contains { operand.lowercased().hasSuffix("." + $0) }
      guard try isNIfTI || (ByteSource.exists(operand) && !ByteSource.isRegularFile(operand)) else {
        let known = NIfTIFormat.writableExtensions.map { "." + $0 }.joined(separator: " or ")
        throw CommandError(.usage, "-o expects a name that ends in \(known), got \(operand)")
      }
      return try ByteSink(path: operand, threads: threads)
    }
    guard isatty(STDOUT_FILENO) == 0 else {
      throw CommandError(
        .usage, "binary data is not written to a terminal; redirect standard output, pipe it on or use -o FILE")
    }
    return try ByteSink(descriptor: STDOUT_FILENO, name: "standard output")
  }
}
