/// Whom and what new DICOM objects belong to: patient, study and frame of reference of a source series.
///
/// One value serves all series made from the source, so that they share what the source lacks. Without a source the
/// objects are of nobody: no name, no dates, a new study and a new frame of reference.
///
/// - Source: DICOM PS3.3 C.7.1.1 (patient), C.7.2.1 (study), C.7.4.1 (frame of reference).
public struct DerivedIdentity: Sendable {
  /// The series that patient and study come from.
  public let source: DICOMSeries?
  /// Whether new objects name the images they were made from.
  public let refersToSource: Bool
  /// The source's, or a new one where there is none.
  public let studyInstanceUID: String
  /// The source's, or a new one where there is none.
  public let frameOfReferenceUID: String
  /// What a user should know of identities that the source lacks.
  public let notes: [String]
  /// Patient and study, and the character set their text is in.
  let elements: [CopiedElement]

  /// Takes patient, study and frame of reference from the first image of a series, whatever problems the series has.
  ///
  /// - Parameter isDeidentified: whether nothing of the patient is taken after all: study and frame of reference are
  ///   then new, what must be there is empty, and no image of the source is named.
  /// - Throws: ``FormatError`` where that image cannot be read.
  /// - Source: DICOM PS3.15 E.1 (basic application level confidentiality profile).
  public init(source: DICOMSeries?, isDeidentified: Bool = false) throws(FormatError) {
    refersToSource = !isDeidentified
    if isDeidentified {
      (self.source, elements) = (source, Self.nobody + Self.deidentified)
      (studyInstanceUID, frameOfReferenceUID) = (newDICOMUID(), newDICOMUID())
      notes = ["the new images belong to nobody: study \(studyInstanceUID), frame of reference \(frameOfReferenceUID)"]
      return
    }
    var notes: [String] = []
    func kept(_ uid: String?, _ name: String) -> String {
      if let uid { return uid }
      let fresh = newDICOMUID()
      if source != nil { notes.append("the source has no \(name); the new images share the new one \(fresh)") }
      return fresh
    }
    self.source = source
    studyInstanceUID = kept(source?.studyInstanceUID, "Study Instance UID")
    frameOfReferenceUID = kept(source?.frameOfReferenceUID, "Frame of Reference UID")
    if source?.slices.contains(where: { $0.sopClassUID == nil || $0.sopInstanceUID == nil }) == true {
      notes.append("the source's images have no SOP Instance UIDs; the new images cannot refer to them")
    }
    self.notes = notes
    elements =
      try source?.slices.first.map { slice throws(FormatError) in
        Self.patientAndStudy(of: try DICOMFile(slice.path).root)
      } ?? Self.nobody
  }

  private static func patientAndStudy(of header: DICOMElements) -> [CopiedElement] {
    empty
      + ([.specificCharacterSet, .positionReferenceIndicator] + DICOMTag.requiredOfPatientAndStudy.map(\.0)
      + DICOMTag.optionalOfPatientAndStudy).compactMap(header.copied)
  }

  private static var nobody: [CopiedElement] {
    empty + [
      // Patient Identity Removed, De-identification Method.
      CopiedElement(tag: DICOMTag(0x0012, 0x0062), representation: "CS", bytes: Array("YES".utf8)),
      CopiedElement(
        tag: DICOMTag(0x0012, 0x0063), representation: "LO",
        bytes: Array("Made from an image without patient data".utf8)),
    ]
  }

  private static var deidentified: [CopiedElement] {
    [
      CopiedElement(
        tag: DICOMTag(0x0012, 0x0063), representation: "LO",
        bytes: Array("DICOM PS3.15 Basic Application Confidentiality Profile".utf8)),
      // Longitudinal Temporal Information Modified: dates were removed.
      CopiedElement(tag: DICOMTag(0x0028, 0x0303), representation: "CS", bytes: Array("REMOVED".utf8)),
    ]
  }

  private static var empty: [CopiedElement] {
    DICOMTag.requiredOfPatientAndStudy.map { CopiedElement(tag: $0, representation: $1, bytes: []) }
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
}
