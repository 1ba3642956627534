/// The data elements of one DICOM file.
///
/// Text is read as UTF-8 where it is valid, byte by byte (ISO 8859-1) elsewhere.
package final class DICOMFile: Sendable {
  /// The file's name.
  package let path: String
  /// How elements and pixels are encoded.
  package let transferSyntax: DICOMTransferSyntax
  /// What kind of object the file holds, as a SOP class UID.
  let storageClass: String?
  /// How the file's pixels are stored; `nil` where it has none.
  let pixelData: DICOMStructure.PixelData?
  /// Where the data set begins in the file.
  let dataSetStart: Int
  let index: DICOMIndex
  /// The elements outside any sequence, without the file meta information.
  package var root: DICOMElements { DICOMElements(index.root, of: self) }

  /// Reads a file up to its pixel data.
  ///
  /// - Parameter withPixels: whether uncompressed pixel data become an element too.
  /// - Throws: ``FormatError``: `unreadable`, `malformed`.
  package init(_ path: String, withPixels: Bool = false) throws(FormatError) {
    let structure = try DICOMStructure(checking: path, keepingPixels: withPixels)
    (self.path, transferSyntax, index) = (path, structure.transferSyntax, structure.index)
    (storageClass, pixelData) = (structure.storageClass, structure.pixelData)
    dataSetStart = structure.dataSetStart
  }

  /// The error for pixels that cannot be decoded.
  static func unsupported(_ syntax: DICOMTransferSyntax, _ path: String) -> FormatError {
    FormatError(
      .unsupported,
      "transfer syntax \(syntax.uid) (\(syntax.name)) is not supported; convert the file to Explicit VR Little Endian",
      at: .file(path), DICOMTag.transferSyntaxUID.context)
  }
}
