/// Stored pixel values of one image, decompressed.
package struct DICOMPixels {
  /// The stored values, along rows.
  package let values: [Int32]

  /// Decodes an image.
  ///
  /// - Throws: ``FormatError``: `unsupported` for what is not one grey value per pixel and for a transfer syntax
  ///   without a codec; `malformed`.
  package init(_ slice: DICOMSlice) throws(FormatError) {
    guard let source = slice.source else {
      throw slice.refusal ?? FormatError(.unsupported, "expected grey values", at: .file(slice.path))
    }
    let reader = DICOMFrameReader()
    let part = SlicePixels(slice, of: try reader.read(slice.frame, of: source), source, reader.words)
    values = [Int32](unsafeUninitializedCapacity: slice.columns * slice.rows) { buffer, count in
      if let start = buffer.baseAddress { part.write(to: start, column: 1, row: slice.columns, rescale: .init()) }
      count = buffer.count
    }
  }
}
