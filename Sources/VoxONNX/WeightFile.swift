import Foundation
import VoxTensor

/// A regular file that is read at any place, each byte straight to where it is needed.
final class WeightFile {
  /// Bytes in the file.
  let count: Int
  private let descriptor: Int32

  /// Opens a file; `nil` where it cannot be read at any place, such as a pipe.
  init?(path: String) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      if descriptor >= 0 { close(descriptor) }
      return nil
    }
    count = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills memory with the bytes from an offset on.
  ///
  /// - Throws: ``EngineError`` `unreadable` where the file has not as many any more.
  func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(EngineError) {
    var done = 0
    while done < bytes.count {
      let count = pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 || errno != EINTR {
        let reason = count == 0 ? "it ends at byte \(offset + done)" : String(cString: strerror(errno))
        throw EngineError(.unreadable, "cannot read \(bytes.count) bytes from byte \(offset): \(reason)")
      }
    }
  }

  /// The bytes of a range.
  ///
  /// - Throws: ``EngineError`` `unreadable`.
  func bytes(_ range: Range<Int>) throws(EngineError) -> Data {
    var data = Data(count: range.count)
    var failure: EngineError?
    data.withUnsafeMutableBytes { bytes in
      do throws(EngineError) { try read(into: bytes, at: range.lowerBound) } catch { failure = error }
    }
    if let failure { throw failure }
    return data
  }
}

/// The bytes of a tensor's elements, in memory or left in the file.
enum ElementBytes {
  case held(Data)
  case inFile(WeightFile, Range<Int>)

  /// How many there are.
  var count: Int {
    switch self {
    case .held(let data): data.count
    case .inFile(_, let range): range.count
    }
  }

  /// All of them.
  ///
  /// - Throws: ``EngineError`` `unreadable`.
  func data() throws(EngineError) -> Data {
    switch self {
    case .held(let data): data
    case .inFile(let file, let range): try file.bytes(range)
    }
  }

  /// Copies them into memory of their size.
  ///
  /// - Throws: ``EngineError`` `unreadable`.
  func copy(into memory: UnsafeMutableRawBufferPointer) throws(EngineError) {
    switch self {
    case .held(let data): data.copyBytes(to: memory)
    case .inFile(let file, let range): try file.read(into: memory, at: range.lowerBound)
    }
  }
}
