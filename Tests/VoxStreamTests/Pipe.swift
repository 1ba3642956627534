import Glibc

/// A pipe with the bytes of a small file in it, closed at the writing end.
final class Pipe {
  let read: Int32

  struct Failure: Error {}

  private init(read: Int32) { self.read = read }

  deinit { close(read) }

  /// Fills a pipe; the file must fit the pipe's buffer.
  static func of(_ path: String) throws -> Pipe {
    var ends: [Int32] = [0, 0]
    let file = open(path, O_RDONLY)
    guard file >= 0, pipe(&ends) == 0 else { throw Failure() }
    defer {
      close(file)
      close(ends[1])
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = Glibc.read(file, &buffer, buffer.count)
    guard count >= 0, write(ends[1], buffer, count) == count else { throw Failure() }
    return Pipe(read: ends[0])
  }
}
