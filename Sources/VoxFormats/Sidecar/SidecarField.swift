/// A field of a sidecar and the DICOM element it comes from.
struct SidecarField: Sendable {
  let name: String
  let tag: DICOMTag
  let kind: Kind

  enum Kind: Sendable {
    case text
    case texts
    case integer
    /// A number, and what it is multiplied by to come to BIDS' unit.
    case number(Double)
  }

  private init(_ name: String, _ group: UInt16, _ element: UInt16, _ kind: Kind) {
    (self.name, tag, self.kind) = (name, DICOMTag(group, element), kind)
  }

  private static let milliseconds = Kind.number(0.001)

  /// Every field that one element gives, one line each.
  static let all: [SidecarField] = [
    SidecarField("Modality", 0x0008, 0x0060, .text),
    SidecarField("ImageType", 0x0008, 0x0008, .texts),
    SidecarField("Manufacturer", 0x0008, 0x0070, .text),
    SidecarField("ManufacturersModelName", 0x0008, 0x1090, .text),
    SidecarField("SoftwareVersions", 0x0018, 0x1020, .text),
    SidecarField("BodyPart", 0x0018, 0x0015, .text),
    SidecarField("PatientPosition", 0x0018, 0x5100, .text),
    SidecarField("SeriesNumber", 0x0020, 0x0011, .integer),
    SidecarField("AcquisitionNumber", 0x0020, 0x0012, .integer),
    SidecarField("SliceThickness", 0x0018, 0x0050, .number(1)),
    SidecarField("SpacingBetweenSlices", 0x0018, 0x0088, .number(1)),
    SidecarField("KVP", 0x0018, 0x0060, .number(1)),
    SidecarField("ExposureTime", 0x0018, 0x1150, milliseconds),
    SidecarField("XRayTubeCurrent", 0x0018, 0x1151, .number(1)),
    SidecarField("XRayExposure", 0x0018, 0x1152, .number(1)),
    SidecarField("ConvolutionKernel", 0x0018, 0x1210, .text),
    SidecarField("MagneticFieldStrength", 0x0018, 0x0087, .number(1)),
    SidecarField("ImagingFrequency", 0x0018, 0x0084, .number(1)),
    SidecarField("ScanningSequence", 0x0018, 0x0020, .text),
    SidecarField("SequenceVariant", 0x0018, 0x0021, .text),
    SidecarField("ScanOptions", 0x0018, 0x0022, .text),
    SidecarField("MRAcquisitionType", 0x0018, 0x0023, .text),
    SidecarField("RepetitionTime", 0x0018, 0x0080, milliseconds),
    SidecarField("EchoTime", 0x0018, 0x0081, milliseconds),
    SidecarField("InversionTime", 0x0018, 0x0082, milliseconds),
    SidecarField("EchoNumber", 0x0018, 0x0086, .integer),
    SidecarField("EchoTrainLength", 0x0018, 0x0091, .integer),
    SidecarField("PercentSampling", 0x0018, 0x0093, .number(1)),
    SidecarField("PercentPhaseFOV", 0x0018, 0x0094, .number(1)),
    SidecarField("PixelBandwidth", 0x0018, 0x0095, .number(1)),
    SidecarField("FlipAngle", 0x0018, 0x1314, .number(1)),
    SidecarField("SAR", 0x0018, 0x1316, .number(1)),
  ]
}
