import VoxGrid

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
/// read them put the picture where the slice lies. UIDs that the source lacks are generated once, for all series that
/// one value of this type writes.
///
/// - Source: DICOM PS3.3 A.8.1 (Secondary Capture IOD), C.7.6.2 (image plane), C.8.6 (secondary capture).
public struct SecondaryCaptureWriter: Sendable {
  /// The series whose slices the pictures lie on.
  public let source: DICOMSeries
  /// The source's, or a new one where it has none.
  public let studyInstanceUID: String
  /// The source's, or a new one where it has none.
  public let frameOfReferenceUID: String
  /// What a user should know of identities that the source lacks.
  public let notes: [String]

  /// Prepares captures on a series.
  ///
  /// - Throws: ``FormatError``: the first of the series' problems.
  public init(source: DICOMSeries) throws(FormatError) {
    if let problem = source.problems.first { throw problem.error }
    var generator = SystemRandomNumberGenerator()
    var notes: [String] = []
    func kept(_ uid: String?, _ name: String) -> String {
      if let uid { return uid }
      let fresh = newDICOMUID(using: &generator)
      notes.append("the source has no \(name); the secondary captures share the new one \(fresh)")
      return fresh
    }
    self.source = source
    studyInstanceUID = kept(source.studyInstanceUID, "Study Instance UID")
    frameOfReferenceUID = kept(source.frameOfReferenceUID, "Frame of Reference UID")
    if source.slices.contains(where: { $0.sopClassUID == nil || $0.sopInstanceUID == nil }) {
      notes.append("the source's images have no SOP Instance UIDs; the secondary captures cannot refer to them")
    }
    self.notes = notes
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
    var generator = SystemRandomNumberGenerator()
    let seriesUID = newDICOMUID(using: &generator)
    for (k, slice) in source.slices.enumerated() {
      let rgb = try pixels(k)
      let (rows, rest) = rgb.count.quotientAndRemainder(dividingBy: slice.columns * 3)
      guard rest == 0, slice.rows...65535 ~= rows else {
        throw FormatError(
          .malformed,
          "expected \(slice.rows) to 65535 rows of \(slice.columns * 3) bytes of colour, found \(rgb.count) bytes",
          at: .file(slice.path))
      }
      let number = String(k + 1)
      let name = "\(capture.folder)/\(String(repeating: "0", count: max(0, 4 - number.count)))\(number).dcm"
      let builder = try DICOMBuilder()
      try builder.set(.sopInstanceUID, "UI", newDICOMUID(using: &generator))
      try builder.set(.seriesInstanceUID, "UI", seriesUID)
      try builder.set(.instanceNumber, "IS", number)
      try fill(builder, capture, slice, rgb)
      let file = try AtomicFile(try directory.file(name))
      try builder.encoded { bytes throws(FormatError) in try file.write(bytes) }
      try file.commit()
    }
  }

  private func fill(
    _ builder: DICOMBuilder, _ capture: SecondaryCapture, _ slice: DICOMSlice, _ rgb: [UInt8]
  ) throws(FormatError) {
    let header = try DICOMFile(slice.path).root
    try builder.setPatientAndStudy(from: header)
    try builder.set(.studyInstanceUID, "UI", studyInstanceUID)

    try builder.set(.sopClassUID, "UI", "1.2.840.10008.5.1.4.1.1.7")
    try builder.set(.modality, "CS", "OT")
    try builder.set(.conversionType, "CS", "WSD")
    try builder.set(.manufacturer, "LO", "Voxplain")
    try builder.set(.imageType, "CS", "DERIVED\\SECONDARY")
    try builder.set(.seriesNumber, "IS", String(capture.seriesNumber))
    try builder.set(.seriesDescription, "LO", Self.ascii(capture.seriesDescription, limit: 64))
    try builder.set(
      .derivationDescription, "ST", Self.ascii(capture.derivation + " Not for diagnosis.", limit: 1024))
    if let sopClass = slice.sopClassUID, let instance = slice.sopInstanceUID {
      let item = try builder.addItem(.sourceImageSequence)
      try item.set(.referencedSOPClassUID, "UI", sopClass)
      try item.set(.referencedSOPInstanceUID, "UI", instance)
    }
    try builder.setPlane(from: header, slice, spacing: source.sliceSpacing)
    try builder.set(.frameOfReferenceUID, "UI", frameOfReferenceUID)
    try builder.setColour(rgb, columns: slice.columns, lossyHistoryOf: header)
  }

  /// Text for a file whose character set is the source's: any other than ASCII could be read as something else.
  private static func ascii(_ text: String, limit: Int) -> String {
    String(text.map { $0.isASCII && $0 != "\\" ? $0 : "?" }.prefix(limit))
  }
}

extension DICOMBuilder {
  /// Patient and study as the source has them, in its character set.
  fileprivate func setPatientAndStudy(from header: DICOMElements) throws(FormatError) {
    try copy(.specificCharacterSet, from: header)
    for (tag, representation) in DICOMTag.requiredOfPatientAndStudy {
      try set(tag, representation, "")
      try copy(tag, from: header)
    }
    for tag in DICOMTag.optionalOfPatientAndStudy { try copy(tag, from: header) }
  }

  /// The source slice's plane, its numbers copied as text so that they stay exact.
  fileprivate func setPlane(
    from header: DICOMElements, _ slice: DICOMSlice, spacing: Double?
  ) throws(FormatError) {
    for tag in [DICOMTag.imagePositionPatient, .imageOrientationPatient, .pixelSpacing] { try copy(tag, from: header) }
    // reference: readers that ignore the plane of a secondary capture take this one, DICOM PS3.3 C.8.6.2.
    if let raw = header.raw(.pixelSpacing) {
      try set(.nominalScannedPixelSpacing, "DS", bytes: raw.bytes)
    }
    if slice.thickness != nil {
      try copy(.sliceThickness, from: header)
    } else if let spacing {
      try set(.sliceThickness, "DS", DICOMSeriesProblem.decimal(spacing, 6))
    }
    try set(.laterality, "CS", "")
    try set(.patientOrientation, "CS", slice.plane?.patientOrientation ?? "")
    try set(.positionReferenceIndicator, "LO", "")
    try copy(.positionReferenceIndicator, from: header)
  }

  fileprivate func setColour(
    _ rgb: [UInt8], columns: Int, lossyHistoryOf header: DICOMElements
  ) throws(FormatError) {
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
    for tag in DICOMTag.lossyHistory { try copy(tag, from: header) }
    try set(.pixelData, "OB", bytes: rgb)
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
  /// Elements that must be there, if only empty.
  fileprivate static let requiredOfPatientAndStudy: [(DICOMTag, String)] = [
    (DICOMTag(0x0008, 0x0020), "DA"),  // Study Date
    (DICOMTag(0x0008, 0x0030), "TM"),  // Study Time
    (DICOMTag(0x0008, 0x0050), "SH"),  // Accession Number
    (DICOMTag(0x0008, 0x0090), "PN"),  // Referring Physician's Name
    (DICOMTag(0x0010, 0x0010), "PN"),  // Patient's Name
    (DICOMTag(0x0010, 0x0020), "LO"),  // Patient ID
    (DICOMTag(0x0010, 0x0030), "DA"),  // Patient's Birth Date
    (DICOMTag(0x0010, 0x0040), "CS"),  // Patient's Sex
    (DICOMTag(0x0020, 0x0010), "SH"),  // Study ID
  ]

  fileprivate static let optionalOfPatientAndStudy: [DICOMTag] = [
    DICOMTag(0x0008, 0x1030),  // Study Description
    DICOMTag(0x0010, 0x0021),  // Issuer of Patient ID
    DICOMTag(0x0010, 0x0032),  // Patient's Birth Time
    DICOMTag(0x0010, 0x1000),  // Other Patient IDs
    DICOMTag(0x0010, 0x1001),  // Other Patient Names
    DICOMTag(0x0010, 0x1010),  // Patient's Age
    DICOMTag(0x0010, 0x1020),  // Patient's Size
    DICOMTag(0x0010, 0x1030),  // Patient's Weight
    DICOMTag(0x0010, 0x2160),  // Ethnic Group
    DICOMTag(0x0012, 0x0062),  // Patient Identity Removed
    DICOMTag(0x0012, 0x0063),  // De-identification Method
  ]

  /// Whether, by how much and how the pixels were once compressed with loss.
  fileprivate static let lossyHistory = [
    lossyImageCompression, DICOMTag(0x0028, 0x2112), DICOMTag(0x0028, 0x2114),
  ]
}
