extension DICOMBuilder {
  /// Sets where the image lies; its frame of reference is the series'.
  ///
  /// - Parameter thickness: of the slice, in millimetres.
  /// - Source: DICOM PS3.3 C.7.6.2 (image plane).
  package func setPlane(_ plane: DICOMSlice.Plane, thickness: Double?) throws(FormatError) {
    func numbers(_ vectors: SIMD3<Double>...) -> [Double] { vectors.flatMap { [$0.x, $0.y, $0.z] } }
    try set(.imagePositionPatient, decimals: numbers(plane.position))
    try set(.imageOrientationPatient, decimals: numbers(plane.alongRow, plane.alongColumn))
    try set(.pixelSpacing, decimals: [plane.rowSpacing, plane.columnSpacing])
    if let thickness { try set(.sliceThickness, decimals: [thickness]) }
    try set(.patientOrientation, "CS", plane.patientOrientation)
  }

  /// Refers to an image, or a frame of one, that this one was made from, and gives the item; one without identity is
  /// passed over.
  ///
  /// - Source: DICOM PS3.3 C.7.6.1 (general image), Source Image Sequence.
  @discardableResult
  package func addSource(_ slice: DICOMSlice) throws(FormatError) -> DICOMBuilder? {
    guard let sopClass = slice.sopClassUID, let instance = slice.sopInstanceUID else { return nil }
    let item = try addItem(.sourceImageSequence)
    try item.set(.referencedSOPClassUID, "UI", sopClass)
    try item.set(.referencedSOPInstanceUID, "UI", instance)
    if let frames = slice.source?.frames, frames > 1 {
      try item.set(DICOMTag(0x0008, 0x1160), "IS", String(slice.frame + 1))  // Referenced Frame Number
    }
    return item
  }
}

extension DICOMSlice.Plane {
  /// The patient directions in which rows and columns run, such as `L\P`; up to three letters each.
  fileprivate var patientOrientation: String { Self.letters(alongRow) + "\\" + Self.letters(alongColumn) }

  private static func letters(_ direction: SIMD3<Double>) -> String {
    let names: [(String, String)] = [("L", "R"), ("P", "A"), ("H", "F")]
    return (0..<3).filter { abs(direction[$0]) > 1e-2 }.sorted { abs(direction[$0]) > abs(direction[$1]) }
      .map { direction[$0] > 0 ? names[$0].0 : names[$0].1 }.joined()
  }
}

extension DICOMTag {
  /// Whether, by how much and how pixels were once compressed with loss: what is made of them keeps it.
  static let lossyHistory = [lossyImageCompression, DICOMTag(0x0028, 0x2112), DICOMTag(0x0028, 0x2114)]
}
