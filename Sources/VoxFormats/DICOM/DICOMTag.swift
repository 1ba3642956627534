/// The number of a DICOM data element, such as (0020,0032).
///
/// - Source: DICOM PS3.6, the data dictionary, whose keywords these names are.
package struct DICOMTag: Sendable, Hashable, Comparable, CustomStringConvertible {
  package var group: UInt16
  package var element: UInt16

  /// Makes a tag.
  package init(_ group: UInt16, _ element: UInt16) { (self.group, self.element) = (group, element) }

  package static func < (left: DICOMTag, right: DICOMTag) -> Bool {
    (left.group, left.element) < (right.group, right.element)
  }

  /// For example `(0020,0032)`.
  package var description: String { "(\(Self.hex(group)),\(Self.hex(element)))" }

  /// This tag as the place of an error.
  var context: FormatError.Context { .tag(group, element) }

  private static func hex(_ value: UInt16) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}

extension DICOMTag {
  package static let mediaStorageSOPClassUID = DICOMTag(0x0002, 0x0002)
  package static let transferSyntaxUID = DICOMTag(0x0002, 0x0010)

  // Identity.
  package static let specificCharacterSet = DICOMTag(0x0008, 0x0005)
  package static let imageType = DICOMTag(0x0008, 0x0008)
  package static let sopClassUID = DICOMTag(0x0008, 0x0016)
  package static let sopInstanceUID = DICOMTag(0x0008, 0x0018)
  package static let modality = DICOMTag(0x0008, 0x0060)
  package static let conversionType = DICOMTag(0x0008, 0x0064)
  package static let manufacturer = DICOMTag(0x0008, 0x0070)
  package static let seriesDescription = DICOMTag(0x0008, 0x103E)
  package static let referencedSOPClassUID = DICOMTag(0x0008, 0x1150)
  package static let referencedSOPInstanceUID = DICOMTag(0x0008, 0x1155)
  package static let derivationDescription = DICOMTag(0x0008, 0x2111)
  package static let sourceImageSequence = DICOMTag(0x0008, 0x2112)
  package static let studyInstanceUID = DICOMTag(0x0020, 0x000D)
  package static let seriesInstanceUID = DICOMTag(0x0020, 0x000E)
  package static let seriesNumber = DICOMTag(0x0020, 0x0011)
  package static let instanceNumber = DICOMTag(0x0020, 0x0013)

  // Place in space.
  package static let sliceThickness = DICOMTag(0x0018, 0x0050)
  package static let nominalScannedPixelSpacing = DICOMTag(0x0018, 0x2010)
  package static let patientOrientation = DICOMTag(0x0020, 0x0020)
  package static let imagePositionPatient = DICOMTag(0x0020, 0x0032)
  package static let imageOrientationPatient = DICOMTag(0x0020, 0x0037)
  package static let frameOfReferenceUID = DICOMTag(0x0020, 0x0052)
  package static let laterality = DICOMTag(0x0020, 0x0060)
  package static let positionReferenceIndicator = DICOMTag(0x0020, 0x1040)
  package static let pixelSpacing = DICOMTag(0x0028, 0x0030)
  package static let sharedFunctionalGroupsSequence = DICOMTag(0x5200, 0x9229)
  package static let perFrameFunctionalGroupsSequence = DICOMTag(0x5200, 0x9230)

  // Pixels.
  package static let samplesPerPixel = DICOMTag(0x0028, 0x0002)
  package static let photometricInterpretation = DICOMTag(0x0028, 0x0004)
  package static let planarConfiguration = DICOMTag(0x0028, 0x0006)
  package static let numberOfFrames = DICOMTag(0x0028, 0x0008)
  package static let rows = DICOMTag(0x0028, 0x0010)
  package static let columns = DICOMTag(0x0028, 0x0011)
  package static let bitsAllocated = DICOMTag(0x0028, 0x0100)
  package static let bitsStored = DICOMTag(0x0028, 0x0101)
  package static let highBit = DICOMTag(0x0028, 0x0102)
  package static let pixelRepresentation = DICOMTag(0x0028, 0x0103)
  package static let burnedInAnnotation = DICOMTag(0x0028, 0x0301)
  package static let rescaleIntercept = DICOMTag(0x0028, 0x1052)
  package static let rescaleSlope = DICOMTag(0x0028, 0x1053)
  package static let rescaleType = DICOMTag(0x0028, 0x1054)
  package static let lossyImageCompression = DICOMTag(0x0028, 0x2110)
  package static let modalityLUTSequence = DICOMTag(0x0028, 0x3000)
  package static let pixelData = DICOMTag(0x7FE0, 0x0010)

  // Acquisition.
  package static let acquisitionDate = DICOMTag(0x0008, 0x0022)
  package static let acquisitionDateTime = DICOMTag(0x0008, 0x002A)
  package static let acquisitionTime = DICOMTag(0x0008, 0x0032)
  package static let echoTime = DICOMTag(0x0018, 0x0081)
  package static let echoNumbers = DICOMTag(0x0018, 0x0086)
  package static let triggerTime = DICOMTag(0x0018, 0x1060)
  package static let convolutionKernel = DICOMTag(0x0018, 0x1210)
  package static let diffusionBValue = DICOMTag(0x0018, 0x9087)
  package static let acquisitionNumber = DICOMTag(0x0020, 0x0012)
  package static let temporalPositionIdentifier = DICOMTag(0x0020, 0x0100)
  package static let stackID = DICOMTag(0x0020, 0x9056)
}
