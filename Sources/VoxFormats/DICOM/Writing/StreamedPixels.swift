/// The pixels of a DICOM file that are written while they are made, so that nobody holds them all.
package struct StreamedPixels: Sendable {
  /// Pixel Data (7FE0,0010) or Float Pixel Data (7FE0,0008): the last element of a file.
  package let tag: DICOMTag
  /// `OB`, `OW` or `OF`.
  package let representation: String
  /// How many bytes there will be.
  package let count: Int

  /// Announces pixels.
  package init(_ tag: DICOMTag, _ representation: String, count: Int) {
    (self.tag, self.representation, self.count) = (tag, representation, count)
  }

  /// Takes bytes of the pixels in their order.
  package typealias Sink = (UnsafeRawBufferPointer) throws(FormatError) -> Void

  /// The element up to its value, explicit VR little endian.
  fileprivate func header(length: UInt32) -> [UInt8] {
    func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }
    return bytes(tag.group) + bytes(tag.element) + Array(representation.utf8) + [0, 0] + bytes(length)
  }
}

extension DICOMBuilder {
  /// Writes the file with pixels that `body` makes; it appears whole or not at all.
  ///
  /// - Throws: ``FormatError``: `unsupported` where the pixels take 4 GiB or more; what `body` throws.
  /// - Source: DICOM PS3.5 7.1.2 (explicit VR), 8.2 (native pixel data).
  package func write(
    to path: String, _ pixels: StreamedPixels, body: (StreamedPixels.Sink) throws(FormatError) -> Void
  ) throws(FormatError) {
    guard let length = UInt32(exactly: pixels.count + pixels.count % 2), length != .max else {
      throw FormatError(
        .unsupported, "expected less than 4 GiB of pixels in one file, found \(pixels.count) bytes",
        at: .file(StagedPaths.visibleName(of: path)), pixels.tag.context)
    }
    let file = try AtomicFile(path)
    let write = { (bytes: [UInt8]) throws(FormatError) in
      try bytes.withUnsafeBufferPointer { buffer throws(FormatError) in try file.write(UnsafeRawBufferPointer(buffer)) }
    }
    try encoded { bytes throws(FormatError) in try file.write(bytes) }
    try write(pixels.header(length: length))
    var written = 0
    try body { bytes throws(FormatError) in
      written += bytes.count
      try file.write(bytes)
    }
    precondition(written == pixels.count, "\(pixels.count) bytes of pixels were announced, \(written) written")
    if written % 2 == 1 { try write([0]) }
    try file.commit()
  }
}
