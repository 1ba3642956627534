/// What the objects of one new series have in common, whatever their kind.
package struct NewSeries: Sendable {
  /// Whom and what it belongs to.
  package let identity: DerivedIdentity
  /// Series Instance UID (0020,000E), made with the value.
  package let uid = newDICOMUID()
  /// SOP Class UID (0008,0016) of the objects.
  package let sopClass: String
  /// For example `OT`.
  package let modality: String
  /// Image Type (0008,0008).
  package let imageType: [String]
  /// Series Number (0020,0011).
  package let number: Int
  /// Series Description (0008,103E); 64 characters are kept.
  package let description: String
  /// What the objects show and how they came about, for Derivation Description (0008,2111).
  package let derivation: String

  /// Describes a series.
  package init(
    _ identity: DerivedIdentity, sopClass: String, modality: String, imageType: [String], number: Int,
    description: String, derivation: String
  ) {
    (self.identity, self.sopClass, self.modality, self.imageType) = (identity, sopClass, modality, imageType)
    (self.number, self.description, self.derivation) = (number, description, derivation)
  }

  /// Begins an object with everything but its image: patient, study, series, equipment and a new identity.
  ///
  /// - Parameter index: its place in the series, from 0; the Instance Number is one more.
  package func object(_ index: Int) throws(FormatError) -> DICOMBuilder {
    let builder = try DICOMBuilder(allowsUnicode: identity.allowsUnicode)
    try builder.set(.positionReferenceIndicator, "LO", "")
    try builder.set(identity.elements)
    try builder.set(.studyInstanceUID, "UI", identity.studyInstanceUID)
    try builder.set(.frameOfReferenceUID, "UI", identity.frameOfReferenceUID)

    try builder.set(.sopClassUID, "UI", sopClass)
    try builder.set(.sopInstanceUID, "UI", newDICOMUID())
    try builder.set(.seriesInstanceUID, "UI", uid)
    try builder.set(.seriesNumber, "IS", String(number))
    try builder.set(.instanceNumber, "IS", String(index + 1))
    try builder.set(.modality, "CS", modality)
    try builder.set(.imageType, "CS", imageType.joined(separator: "\\"))
    // reference: dciodvfy wants it of images, and not of segments, which have regions of their own.
    if modality != "SEG" { try builder.set(.laterality, "CS", "") }
    try builder.set(.manufacturer, "LO", "Voxplain")
    try builder.set(.seriesDescription, "LO", description, limit: 64)
    try builder.set(.derivationDescription, "ST", derivation + " Not for diagnosis.", limit: 1024)
    return builder
  }

  /// What the file of an object is called: `0001.dcm` for the first, so that names sort as the objects do.
  package static func fileName(_ index: Int, of count: Int) -> String {
    let (number, width) = (String(index + 1), max(4, String(count).count))
    return String(repeating: "0", count: max(0, width - number.count)) + number + ".dcm"
  }
}
