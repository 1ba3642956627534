internal import CGDCM
import Glibc

/// Reads and decompresses frames, one at a time into the same memory; each thread has its own.
final class DICOMFrameReader {
  private var source: DICOMPixelSource?
  private var frame = -1
  private var file: FileDescriptor?
  private var inflated: (inflater: Inflater, position: Int)?
  private var compressed = FrameBuffer()
  private var pixels = FrameBuffer()
  /// How the words of the frame hold values.
  private(set) var words = StoredWords(size: 8, bits: 8, isSigned: false)

  /// The stored values of a frame, along rows, in the byte order of this machine; they live until the next call.
  ///
  /// - Throws: ``FormatError``: `malformed`, `unreadable`.
  func read(_ frame: Int, of source: DICOMPixelSource) throws(FormatError) -> UnsafeRawBufferPointer {
    do throws(FormatError) {
      if self.source !== source {
        (self.source, self.frame, inflated) = (nil, -1, nil)
        (file, self.source) = (try FileDescriptor.reading(source.path), source)
      }
      if self.frame != frame {
        self.frame = -1
        pixels.reserve(source.frameSize)
        words = StoredWords(source.layout)
        if let file { try load(frame, source, file) }
        self.frame = frame
      }
      return UnsafeRawBufferPointer(pixels[source.frameSize])
    } catch {
      let isPlaced = error.context.contains { if case .file = $0 { true } else { false } }
      throw isPlaced ? error : error.inside(.file(source.path))
    }
  }

  private func load(_ frame: Int, _ source: DICOMPixelSource, _ file: FileDescriptor) throws(FormatError) {
    let target = pixels[source.frameSize]
    switch source.storage {
    case .native(let offset, let isWords):
      guard source.transferSyntax.elements == .explicitBig else {
        return try fill(target, from: file, at: offset + frame * target.count)
      }
      guard isWords, source.layout.bitsAllocated == 8 else {
        try fill(target, from: file, at: offset + frame * target.count)
        return swapBytes(target, size: source.layout.bitsAllocated / 8)
      }
      // reference: bytes stand in the order of whole words, of which a frame may begin or end within one, PS3.5 8.1.1.
      let first = frame * target.count
      let words = (first & ~1)..<((first + target.count + 1) & ~1)
      compressed.reserve(words.count)
      try fill(compressed[words.count], from: file, at: offset + words.lowerBound)
      swapBytes(compressed[words.count], size: 2)
      let inner = (first - words.lowerBound)..<(first - words.lowerBound + target.count)
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: compressed[words.count][inner]))
    case .deflated(let start, let offset):
      try inflate(target, at: offset + frame * target.count, from: file, start: start)
    case .encapsulated(let frames):
      let length = frames[frame].reduce(0) { $0 + $1.count }
      compressed.reserve(length)
      var done = 0
      for part in frames[frame] {
        try fill(.init(rebasing: compressed[length][done..<(done + part.count)]), from: file, at: part.lowerBound)
        done += part.count
      }
      try decode(UnsafeRawBufferPointer(compressed[length]), frame, source, into: target)
    }
  }

  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from file: FileDescriptor, at offset: Int
  ) throws(FormatError) {
    let got = try file.read(into: buffer, at: offset)
    guard got == buffer.count else {
      throw FormatError(
        .malformed, "expected \(buffer.count) bytes of pixels, found \(got): the file became shorter",
        at: .offset(offset), DICOMTag.pixelData.context)
    }
  }

  /// Inflates on from the last frame where that lies before, and anew elsewhere.
  private func inflate(
    _ target: UnsafeMutableRawBufferPointer, at offset: Int, from file: FileDescriptor, start: Int
  ) throws(FormatError) {
    if inflated.map({ $0.position > offset }) ?? true {
      guard lseek(file.raw, off_t(start), SEEK_SET) == off_t(start) else {
        throw FormatError(.unreadable, "reading failed: \(systemMessage())", at: .offset(start))
      }
      inflated = (try Inflater(stored: [], from: file, at: 0, framing: .none), 0)
    }
    guard let (inflater, before) = inflated else { return }
    var position = before
    inflated = nil
    while position < offset + target.count {
      // What lies before is written where the frame goes, and over it.
      let place = max(0, position - offset)
      let room = position < offset ? min(offset - position, target.count) : target.count - place
      let got = try inflater.read(into: .init(rebasing: target[place..<(place + room)]))
      guard got > 0 else {
        throw FormatError(
          .malformed, "expected \(offset + target.count) bytes of deflated data, found \(position)",
          at: DICOMTag.pixelData.context)
      }
      position += got
    }
    inflated = (inflater, position)
  }

  private func decode(
    _ stored: UnsafeRawBufferPointer, _ frame: Int, _ source: DICOMPixelSource,
    into target: UnsafeMutableRawBufferPointer
  ) throws(FormatError) {
    do throws(FormatError) {
      if source.transferSyntax.codec == .runLength {
        return try RunLengthDecoder.decode(stored, into: target, wordSize: source.layout.bitsAllocated / 8)
      }
      let stream = try words(of: stored, source)
      let format = cgdcm_pixel_format(
        columns: UInt16(source.columns), rows: UInt16(source.rows), bits_allocated: UInt16(stream.size),
        bits_stored: UInt16(stream.bits), is_signed: stream.isSigned)
      var error = cgdcm_error()
      guard
        cgdcm_decode(
          source.transferSyntax.uid, format, stored.baseAddress, stored.count, target.baseAddress, target.count, &error)
      else { throw FormatError(.malformed, error.message) }
      // Encoders write as many bits as they choose; the sign is that of the elements all the same.
      words = StoredWords(
        size: stream.size, bits: min(stream.bits, source.layout.bitsStored), isSigned: source.layout.isSigned)
    } catch {
      let place = source.frames > 1 ? "frame \(frame + 1) of the pixels" : "pixels"
      throw FormatError(
        error.code, "\(place) in \(source.transferSyntax.name): \(error.message)", at: DICOMTag.pixelData.context)
    }
  }

  /// How a decoder will hand out a compressed frame, once what that says of itself agrees with the elements.
  ///
  /// Decoders allocate, and write, by what the stream says.
  private func words(
    of stream: UnsafeRawBufferPointer, _ source: DICOMPixelSource
  ) throws(FormatError) -> StoredWords {
    let header =
      source.transferSyntax.codec == .jpeg2000
      ? CodestreamHeader(jpeg2000: stream) : CodestreamHeader(jpeg: stream)
    guard let header else { throw FormatError(.malformed, "the header of the compressed pixels cannot be read") }
    guard (header.columns, header.rows) == (source.columns, source.rows), header.components == 1 else {
      throw FormatError(
        .malformed,
        "expected \(source.columns) columns and \(source.rows) rows of one grey value, found \(header.columns) and "
          + "\(header.rows) of \(header.components) compressed")
    }
    guard header.precision <= source.layout.bitsAllocated else {
      throw FormatError(
        .malformed,
        "expected at most \(source.layout.bitsAllocated) bits per pixel, found \(header.precision) compressed")
    }
    guard header.isSigned != true || source.layout.isSigned else {
      throw FormatError(
        .malformed, "expected unsigned values, as Pixel Representation says, found signed ones compressed")
    }
    return StoredWords(
      size: header.wordSize, bits: header.precision, isSigned: header.isSigned ?? source.layout.isSigned)
  }

  private func swapBytes(_ buffer: UnsafeMutableRawBufferPointer, size: Int) {
    switch size {
    case 2:
      for place in stride(from: 0, to: buffer.count - 1, by: 2) {
        let word = buffer.loadUnaligned(fromByteOffset: place, as: UInt16.self)
        buffer.storeBytes(of: word.byteSwapped, toByteOffset: place, as: UInt16.self)
      }
    case 4:
      for place in stride(from: 0, to: buffer.count - 3, by: 4) {
        let word = buffer.loadUnaligned(fromByteOffset: place, as: UInt32.self)
        buffer.storeBytes(of: word.byteSwapped, toByteOffset: place, as: UInt32.self)
      }
    default: break
    }
  }
}
