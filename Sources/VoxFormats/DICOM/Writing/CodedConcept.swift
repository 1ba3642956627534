package import VoxGrid

extension DICOMBuilder {
  /// Sets a sequence of one code, and gives its item; what does not fit the element is cut off.
  ///
  /// - Source: DICOM PS3.3 8.8 (basic code sequence macro).
  @discardableResult
  package func set(_ tag: DICOMTag, _ code: Code) throws(FormatError) -> DICOMBuilder {
    let item = try addItem(tag)
    try item.set(DICOMTag(0x0008, 0x0100), "SH", code.value, limit: 16)
    try item.set(DICOMTag(0x0008, 0x0102), "SH", code.scheme, limit: 16)
    try item.set(DICOMTag(0x0008, 0x0104), "LO", code.meaning, limit: 64)
    return item
  }
}

extension Code {
  /// The coding scheme of what no public scheme has; `99` marks it as private (DICOM PS3.16 8.2).
  static let privateScheme = "99VOXPLAIN"

  static let artificialIntelligence = Code("DCM", "123110", "Artificial Intelligence")
  static let segmentation = Code("DCM", "113076", "Segmentation")
  static let unspecifiedCalculation = Code("DCM", "112187", "Unspecified method of calculation")
  static let sourceImage = Code("DCM", "121322", "Source image for image processing operation")
}
