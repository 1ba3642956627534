internal import Foundation

/// A file without a name for values that memory has no room for; it is gone with the last reference, and when the
/// process ends in whatever way.
final class ScratchFile {
  private let folder: String
  private let descriptor: Int32

  /// Makes an empty file in a folder.
  ///
  /// - Throws: ``EngineError`` `writeFailed`.
  init(in folder: String) throws(EngineError) {
    self.folder = folder
    var path = Array("\(folder)/voxplain.XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw Self.failure("cannot make a file for the tape", folder, errno) }
    unlink(path)
  }

  deinit { close(descriptor) }

  /// Writes bytes at an offset.
  ///
  /// - Throws: ``EngineError`` `writeFailed`.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(EngineError) {
    try transfer(bytes.count, "writing the tape failed") { [descriptor] done, count in
      pwrite(descriptor, bytes.baseAddress.map { $0 + done }, count, off_t(offset + done))
    }
  }

  /// Reads as many bytes as there is room for.
  ///
  /// - Throws: ``EngineError`` `writeFailed`.
  func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(EngineError) {
    try transfer(bytes.count, "reading the tape failed") { [descriptor] done, count in
      pread(descriptor, bytes.baseAddress.map { $0 + done }, count, off_t(offset + done))
    }
  }

  /// Moves bytes in stretches, on the threads of the kernel library: one processor alone copies more slowly than the
  /// disk's memory takes it.
  private func transfer(_ bytes: Int, _ what: String, _ move: (_ done: Int, _ count: Int) -> Int) throws(EngineError) {
    let stretch = 1 << 24
    let tasks = (bytes + stretch - 1) / stretch
    var codes = [Int32](repeating: 0, count: tasks)
    codes.withUnsafeMutableBufferPointer { codes in
      inParallel(tasks) { task in
        let end = min(bytes, (task + 1) * stretch)
        var done = task * stretch
        while done < end, codes[task] == 0 {
          let count = move(done, end - done)
          if count > 0 {
            done += count
          } else if count == 0 || errno != EINTR {
            codes[task] = count == 0 ? EIO : errno
          }
        }
      }
    }
    if let code = codes.first(where: { $0 != 0 }) { throw Self.failure(what, folder, code) }
  }

  private static func failure(_ what: String, _ folder: String, _ code: Int32) -> EngineError {
    EngineError(
      .writeFailed, "\(what): \(String(cString: strerror(code))); name a folder with more room in TMPDIR",
      at: .file(folder))
  }
}

/// Writes a memory to a file, or reads it back.
final class ScratchKernel: NativeKernel, KernelBackend {
  private let file: ScratchFile?
  private let offset: Int
  private let layout: Layout
  private let isWriting: Bool

  /// - Parameter file: `nil` for a kernel that is never run.
  init(_ file: ScratchFile?, at offset: Int, _ layout: Layout, isWriting: Bool) {
    (self.file, self.offset, self.layout, self.isWriting) = (file, offset, layout, isWriting)
  }

  var implementation: String { isWriting ? "native:to_disk" : "native:from_disk" }

  func layout(_ slot: Kernel.Slot) -> Layout? { slot == (isWriting ? .source : .destination) ? layout : nil }

  func run() throws(EngineError) {
    guard let file else { throw EngineError(.internal, "a tape on a disk needs a file") }
    if isWriting {
      try file.write(UnsafeRawBufferPointer(start: try memory(.source), count: layout.bytes), at: offset)
    } else {
      let target = UnsafeMutableRawBufferPointer(start: try memory(.destination), count: layout.bytes)
      try file.read(into: target, at: offset)
    }
  }
}
