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
  /// Whether new text may be UTF-8.
  let allowsUnicode: Bool
  /// Whether and how the source's pixels were compressed with loss, which is true of what is made from them, too.
  let lossyHistory: [CopiedElement]

  /// Takes patient, study and frame of reference from the first image of a series, whatever problems the series has.
  ///
  /// - Parameter isDeidentified: whether nothing of the patient is taken after all: study and frame of reference are
  ///   then new, what must be there is empty, and no image of the source is named.
  /// - Throws: ``FormatError`` where that image cannot be read.
  /// - Source: DICOM PS3.15 E.1 (basic application level confidentiality profile).
  public init(source: DICOMSeries?, isDeidentified: Bool = false) throws(FormatError) {
    refersToSource = !isDeidentified
    let header = try source?.slices.first.map { slice throws(FormatError) in try DICOMFile(slice.path).root }
    lossyHistory =
      header.map { header in DICOMTag.lossyHistory.compactMap(header.copied).filter { !$0.bytes.isEmpty } } ?? []
    if isDeidentified {
      (self.source, elements, allowsUnicode) = (source, [Self.unicode] + Self.nobody + Self.deidentified, true)
      (studyInstanceUID, frameOfReferenceUID) = (newDICOMUID(), newDICOMUID())
      notes =
        ["the new images belong to nobody: study \(studyInstanceUID), frame of reference \(frameOfReferenceUID)"]
        + (header?.text(.burnedInAnnotation) == "YES"
          ? ["the source says that text is burnt into its pixels, which may name the patient: look at the captures"]
          : [])
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
    let patient = header.map(Self.patientAndStudy) ?? Self.nobody
    let stated = header?.text(.specificCharacterSet) ?? ""
    let isASCII = patient.allSatisfy { $0.bytes.allSatisfy { $0 < 0x80 } }
    // Text of ASCII alone, and text that says nothing of itself but is UTF-8, is UTF-8.
    let isUnicode = stated == "ISO_IR 192" || isASCII && ["", "ISO_IR 6"].contains(stated)
    let isUndeclared = stated.isEmpty && !isASCII
    let isDecodable = patient.allSatisfy { String(validating: $0.bytes, as: UTF8.self) != nil }
    allowsUnicode = isUnicode || isUndeclared && isDecodable
    if isUndeclared {
      notes.append(
        "the source does not say in which character set its text is; it is taken for "
          + (isDecodable ? "UTF-8 (ISO_IR 192)" : "Latin-1 (ISO_IR 100)"))
    }
    self.notes = notes
    let latin = CopiedElement(tag: .specificCharacterSet, representation: "CS", bytes: Array("ISO_IR 100".utf8))
    elements = patient + (allowsUnicode ? [Self.unicode] : isUndeclared ? [latin] : [])
  }

  private static func patientAndStudy(of header: DICOMElements) -> [CopiedElement] {
    empty
      + ([.specificCharacterSet, .positionReferenceIndicator] + DICOMTag.requiredOfPatientAndStudy.map(\.0)
      + DICOMTag.optionalOfPatientAndStudy).compactMap(header.copied)
  }

  private static var unicode: CopiedElement {
    CopiedElement(tag: .specificCharacterSet, representation: "CS", bytes: Array("ISO_IR 192".utf8))
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
    DICOMTag(0x0008, 0x1048),  // Physician(s) of Record
    DICOMTag(0x0008, 0x1060),  // Name of Physician(s) Reading Study
    DICOMTag(0x0010, 0x0021),  // Issuer of Patient ID
    DICOMTag(0x0010, 0x0032),  // Patient's Birth Time
    DICOMTag(0x0010, 0x1000),  // Other Patient IDs
    DICOMTag(0x0010, 0x1001),  // Other Patient Names
    DICOMTag(0x0010, 0x1010),  // Patient's Age
    DICOMTag(0x0010, 0x1020),  // Patient's Size
    DICOMTag(0x0010, 0x1030),  // Patient's Weight
    DICOMTag(0x0010, 0x2160),  // Ethnic Group
    DICOMTag(0x0010, 0x2180),  // Occupation
    DICOMTag(0x0010, 0x21B0),  // Additional Patient History
    DICOMTag(0x0010, 0x2201),  // Patient Species Description
    DICOMTag(0x0010, 0x2203),  // Patient's Sex Neutered
    DICOMTag(0x0010, 0x2292),  // Patient Breed Description
    DICOMTag(0x0010, 0x2297),  // Responsible Person
    DICOMTag(0x0010, 0x2298),  // Responsible Person Role
    DICOMTag(0x0010, 0x2299),  // Responsible Organization
    DICOMTag(0x0010, 0x4000),  // Patient Comments
    DICOMTag(0x0012, 0x0010),  // Clinical Trial Sponsor Name
    DICOMTag(0x0012, 0x0020),  // Clinical Trial Protocol ID
    DICOMTag(0x0012, 0x0021),  // Clinical Trial Protocol Name
    DICOMTag(0x0012, 0x0030),  // Clinical Trial Site ID
    DICOMTag(0x0012, 0x0031),  // Clinical Trial Site Name
    DICOMTag(0x0012, 0x0040),  // Clinical Trial Subject ID
    DICOMTag(0x0012, 0x0042),  // Clinical Trial Subject Reading ID
    DICOMTag(0x0012, 0x0050),  // Clinical Trial Time Point ID
    DICOMTag(0x0012, 0x0051),  // Clinical Trial Time Point Description
    DICOMTag(0x0012, 0x0062),  // Patient Identity Removed
    DICOMTag(0x0012, 0x0063),  // De-identification Method
  ]
}
