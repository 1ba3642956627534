/// Where the pixels of a file's frames lie, and how they are encoded.
///
/// - Source: DICOM PS3.5 chapter 8 and annex A.
final class DICOMPixelSource: Sendable {
  /// The file's name.
  let path: String
  let transferSyntax: DICOMTransferSyntax
  let layout: DICOMSlice.PixelLayout
  /// Pixels along a row of a frame, and rows.
  let columns: Int
  let rows: Int
  let frames: Int
  let storage: Storage

  /// Where frames lie.
  enum Storage: Sendable {
    /// One after the other from an offset of the file; `isWords` where bytes were swapped in pairs.
    case native(offset: Int, isWords: Bool)
    /// One after the other from an offset of the data set, which is inflated from an offset of the file.
    case deflated(from: Int, offset: Int)
    /// Each in parts of the file.
    case encapsulated([[Range<Int>]])
  }

  /// Bytes of a frame once it is decompressed.
  var frameSize: Int { columns * rows * (layout.bitsAllocated / 8) }

  /// Finds the frames of a file.
  ///
  /// - Throws: ``FormatError``: `unsupported` for a transfer syntax without a codec and pixels that are not whole words;
  ///   `malformed` where the pixel data are not those of so many frames.
  init(
    _ file: DICOMFile, _ layout: DICOMSlice.PixelLayout, columns: Int, rows: Int, frames: Int
  ) throws(FormatError) {
    guard file.transferSyntax.isSupported else { throw DICOMFile.unsupported(file.transferSyntax, file.path) }
    guard layout.hasWholeWords else {
      throw FormatError(
        .unsupported, "expected 8, 16 or 32 bits per pixel, found \(layout.bitsAllocated)", at: .file(file.path),
        DICOMTag.bitsAllocated.context)
    }
    (path, transferSyntax, self.layout) = (file.path, file.transferSyntax, layout)
    (self.columns, self.rows, self.frames) = (columns, rows, frames)
    let size = columns * rows * (layout.bitsAllocated / 8)
    switch file.pixelData {
    case .native(let offset, let bytes, let isWords):
      let (needed, overflow) = size.multipliedReportingOverflow(by: frames)
      guard !overflow, bytes >= needed else {
        throw FormatError(
          .malformed, "expected \(size) bytes of pixels for each of \(frames) frames, found \(bytes) in all",
          at: .file(path), DICOMTag.pixelData.context)
      }
      storage =
        file.transferSyntax.isDeflated
        ? .deflated(from: file.dataSetStart, offset: offset) : .native(offset: offset, isWords: isWords)
    case .encapsulated(let fragments):
      storage = .encapsulated(try DICOMFragments(fragments, of: file).frames(frames))
    case nil:
      throw FormatError(.malformed, "expected pixel data, found none", at: .file(path), DICOMTag.pixelData.context)
    }
  }
}
