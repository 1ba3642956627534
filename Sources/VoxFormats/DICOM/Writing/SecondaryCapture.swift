/// A series of colour pictures on the slices of another series, one file per slice.
public struct SecondaryCapture: Sendable {
  /// Name of the folder the files go to, such as `sc_liver`.
  public var folder: String
  /// Series Description (0008,103E): what a viewer lists; 64 characters are kept.
  public var seriesDescription: String
  /// What the pictures show and how they came about, for Derivation Description (0008,2111).
  public var derivation: String
  /// Series Number (0020,0011).
  public var seriesNumber: Int

  /// Describes a series.
  public init(folder: String, seriesDescription: String, derivation: String, seriesNumber: Int) {
    (self.folder, self.seriesDescription) = (folder, seriesDescription)
    (self.derivation, self.seriesNumber) = (derivation, seriesNumber)
  }
}

/// Writes secondary captures that belong to the study, patient and frame of reference of a source series.
///
/// Each file is a Secondary Capture Image with the plane of its source slice as plain elements, so that viewers that
/// read them put the picture where the slice lies.
///
/// - Source: DICOM PS3.3 A.8.1 (Secondary Capture IOD), C.7.6.2 (image plane), C.8.6 (secondary capture).
public struct SecondaryCaptureWriter: Sendable {
  /// The series whose slices the pictures lie on.
  public let source: DICOMSeries
  /// Whom and what all series that this value writes belong to.
  public let identity: DerivedIdentity

  /// What a user should know of identities that the source lacks.
  public var notes: [String] { identity.notes }

  /// Prepares captures on a series.
  ///
  /// - Throws: ``FormatError``: the first of the series' problems.
  public init(source: DICOMSeries) throws(FormatError) {
    if let problem = source.problems.first { throw problem.error }
    (self.source, identity) = (source, try DerivedIdentity(source: source))
  }

  /// Writes one file per slice, `FOLDER/0001.dcm` for slice 0 and so on.
  ///
  /// - Parameters:
  ///   - directory: where the folder goes; it appears when the caller commits.
  ///   - pixels: RGB of slice k as bytes [rows, columns, 3], in the pixel order of the source's file; there may be
  ///     further rows under the slice's, for a legend.
  /// - Throws: ``FormatError``; what `pixels` throws.
  public func write(
    _ capture: SecondaryCapture, into directory: AtomicDirectory,
    pixels: (Int) throws(FormatError) -> [UInt8]
  ) throws(FormatError) {
    let series = NewSeries(
      identity, sopClass: "1.2.840.10008.5.1.4.1.1.7", modality: "OT", imageType: ["DERIVED", "SECONDARY"],
      number: capture.seriesNumber, description: capture.seriesDescription, derivation: capture.derivation)
    var file: DICOMFile?
    for (k, slice) in source.slices.enumerated() {
      let rgb = try pixels(k)
      let (rows, rest) = rgb.count.quotientAndRemainder(dividingBy: slice.columns * 3)
      guard rest == 0, slice.rows...65535 ~= rows else {
        throw FormatError(
          .malformed,
          "expected \(slice.rows) to 65535 rows of \(slice.columns * 3) bytes of colour, found \(rgb.count) bytes",
          at: .file(slice.path))
      }
      let builder = try series.object(k)
      try builder.set(.conversionType, "CS", "WSD")
      try builder.addSource(slice)
      // Frames of one file share its header.
      if file?.path != slice.path { file = try DICOMFile(slice.path) }
      try builder.setPlane(of: slice, file?.root, spacing: source.sliceSpacing)
      try builder.setColour(rgb, columns: slice.columns)
      try builder.set(DICOMTag.lossyHistory.compactMap { file?.root.copied($0) })
      let name = NewSeries.fileName(k, of: source.slices.count)
      try builder.write(to: try directory.file("\(capture.folder)/\(name)"))
    }
  }
}

extension DICOMBuilder {
  /// The source slice's plane; where it is the file's own, with its numbers as the file writes them.
  fileprivate func setPlane(
    of slice: DICOMSlice, _ header: DICOMElements?, spacing: Double?
  ) throws(FormatError) {
    guard let plane = slice.plane else { return }
    try setPlane(plane, thickness: slice.thickness ?? spacing)
    // reference: readers that ignore the plane of a secondary capture take this one, DICOM PS3.3 C.8.6.2.
    try set(.nominalScannedPixelSpacing, decimals: [plane.rowSpacing, plane.columnSpacing])
    let position = [plane.position.x, plane.position.y, plane.position.z]
    guard let header, (try? header.numbers(.imagePositionPatient)) == position else { return }
    try set([.imagePositionPatient, .imageOrientationPatient, .pixelSpacing].compactMap(header.copied))
  }

  fileprivate func setColour(_ rgb: [UInt8], columns: Int) throws(FormatError) {
    try set(.samplesPerPixel, 3)
    try set(.photometricInterpretation, "CS", "RGB")
    try set(.planarConfiguration, 0)
    try set(.rows, UInt16(rgb.count / (columns * 3)))
    try set(.columns, UInt16(columns))
    try set(.bitsAllocated, 8)
    try set(.bitsStored, 8)
    try set(.highBit, 7)
    try set(.pixelRepresentation, 0)
    try set(.burnedInAnnotation, "CS", "NO")
    try set(.pixelData, "OB", bytes: rgb)
  }
}
