internal import CGDCM

/// The data elements of one DICOM file.
///
/// Text is read as UTF-8 where it is valid, byte by byte (ISO 8859-1) elsewhere.
package final class DICOMFile {
  /// The file's name.
  package let path: String
  /// How elements and pixels are encoded.
  package let transferSyntax: DICOMTransferSyntax
  /// Media Storage SOP Class UID (0002,0002).
  let storageClass: String?
  /// How the file's pixels are stored; `nil` where it has none.
  let pixelData: DICOMStructure.PixelData?
  /// The elements outside any sequence.
  package var root: DICOMElements { DICOMElements(pointer: cgdcm_root(handle), owner: self) }

  let handle: OpaquePointer

  /// Reads a file up to its pixel data.
  ///
  /// - Parameter withPixels: whether to read the pixel data too.
  /// - Throws: ``FormatError``: `unreadable`, `malformed`; `unsupported` for deflated files.
  package init(_ path: String, withPixels: Bool = false) throws(FormatError) {
    let structure = try DICOMStructure(checking: path)
    (self.path, transferSyntax) = (path, structure.transferSyntax)
    (storageClass, pixelData) = (structure.storageClass, structure.pixelData)
    guard transferSyntax.uid != DICOMTransferSyntax.deflated else { throw Self.unsupported(transferSyntax, path) }
    var error = cgdcm_error()
    guard let handle = cgdcm_open(path, withPixels, &error) else {
      // GDCM does not parse what it does not know.
      guard transferSyntax.isSupported else { throw Self.unsupported(transferSyntax, path) }
      throw FormatError(.malformed, "expected DICOM data elements: \(error.message)", at: .file(path))
    }
    self.handle = handle
  }

  deinit { cgdcm_close(handle) }

  /// The error for pixels that cannot be decoded.
  static func unsupported(_ syntax: DICOMTransferSyntax, _ path: String) -> FormatError {
    FormatError(
      .unsupported,
      "transfer syntax \(syntax.uid) (\(syntax.name)) is not supported; convert the file to Explicit VR Little Endian",
      at: .file(path), DICOMTag.transferSyntaxUID.context)
  }
}

extension DICOMTransferSyntax {
  static let deflated = "1.2.840.10008.1.2.1.99"
}

extension cgdcm_error {
  /// The text a failed call left.
  var message: String {
    withUnsafeBytes(of: text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
