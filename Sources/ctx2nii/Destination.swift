import ArgumentParser
import VoxCommand
import VoxFormats
import VoxGrid
import VoxStream

/// Where a converted scan goes.
enum Destination {
  /// A stream for the next command, or a NIfTI file.
  case stream(ByteSink)
  /// A file of another format.
  case file(any WritableImageFormat.Type, path: String)

  /// Finds the format by the name's end and opens the output.
  ///
  /// A name that cannot be created or a terminal ends the command here, before the work.
  ///
  /// - Throws: ``CommandError`` with status 64 for a name of no known format; ``FormatError``.
  init(_ operand: String, threads: Int) throws {
    let format = FormatRegistry.writable(for: operand)
    guard let format, format.name != NIfTIFormat.name else {
      self = .stream(try ByteSink.open(operand, threads: threads))
      return
    }
    _ = try AtomicFile(operand)
    self = .file(format, path: operand)
  }

  /// Checks the end of a name before anything is read.
  ///
  /// - Throws: `ValidationError` for a name that stands for no format, and no device or pipe.
  static func expectKnown(_ operand: String) throws {
    let isDevice = try ByteSource.exists(operand) && !ByteSource.isRegularFile(operand)
    guard operand != "-", FormatRegistry.writable(for: operand) == nil, !isDevice else { return }
    let known = FormatRegistry.writable.flatMap { $0.writableExtensions }.map { "." + $0 }.joined(separator: ", ")
    throw ValidationError("-o expects a name that ends in one of \(known), got \(operand)")
  }

  /// Writes the scan.
  ///
  /// - Parameter header: what a stream says of itself.
  func write(_ scan: ScanImage, _ header: StreamHeader, threads: Int, _ diagnostics: Diagnostics) throws {
    switch self {
    case .stream(let sink):
      let volume = scan.volume
      let writer = try StreamWriter(
        header, grid: volume.grid, type: volume.type, extensions: scan.keptExtensions(diagnostics), to: sink)
      try writer.write(volume)
      try writer.finish()
    case .file(let format, let path):
      try format.write(scan, to: path, threads: threads)
      if let hint = format.readingHint(scan, path: path) { diagnostics.note(hint) }
    }
  }
}

extension ScanImage {
  /// The header extensions that go into the output: not the stream's own, and none with a DICOM header in it.
  fileprivate func keptExtensions(_ diagnostics: Diagnostics) -> [NIfTIExtension] {
    let kept = extensions.filter { !StreamHeader.isHeader($0) && $0.code != NIfTIExtension.dicom }
    if extensions.contains(where: { $0.code == NIfTIExtension.dicom }) {
      diagnostics.note("a DICOM header in the input's header extensions is left out: it can name the patient")
    }
    return kept
  }
}
