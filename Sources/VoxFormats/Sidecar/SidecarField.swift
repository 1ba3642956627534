/// One field of a BIDS sidecar that comes from a DICOM header.
struct SidecarField: Sendable {
  /// How the field's value is made of the element's.
  enum Kind: Sendable {
    /// Text; a list where there are several values.
    case text
    /// A list of texts, even of one.
    case list
    /// The first number, divided by this.
    case number(dividedBy: Double = 1)
    /// Every number.
    case numbers
  }

  let name: String
  let kind: Kind
  /// The first element that the header has counts: classic images and enhanced ones use different ones.
  let tags: [DICOMTag]

  init(_ name: String, _ kind: Kind, _ tags: DICOMTag...) { (self.name, self.kind, self.tags) = (name, kind, tags) }

  private static let seconds = Kind.number(dividedBy: 1000)

  /// One line per field.
  ///
  /// - Source: BIDS 1.10, MRI and PET; dcm2niix, for what BIDS does not name.
  static let all = [
    SidecarField("Modality", .text, DICOMTag(0x0008, 0x0060)),
    SidecarField("Manufacturer", .text, DICOMTag(0x0008, 0x0070)),
    SidecarField("ManufacturersModelName", .text, DICOMTag(0x0008, 0x1090)),
    SidecarField("SoftwareVersions", .text, DICOMTag(0x0018, 0x1020)),
    SidecarField("BodyPart", .text, DICOMTag(0x0018, 0x0015)),
    SidecarField("PatientPosition", .text, DICOMTag(0x0018, 0x5100)),
    SidecarField("ImageType", .list, DICOMTag(0x0008, 0x0008)),
    SidecarField("SeriesNumber", .number(), DICOMTag(0x0020, 0x0011)),
    SidecarField("AcquisitionNumber", .number(), DICOMTag(0x0020, 0x0012)),
    SidecarField("SliceThickness", .number(), DICOMTag(0x0018, 0x0050)),
    SidecarField("ImageOrientationPatientDICOM", .numbers, DICOMTag(0x0020, 0x0037)),

    SidecarField("MagneticFieldStrength", .number(), DICOMTag(0x0018, 0x0087)),
    SidecarField("ImagingFrequency", .number(), DICOMTag(0x0018, 0x0084)),
    SidecarField("ScanningSequence", .text, DICOMTag(0x0018, 0x0020)),
    SidecarField("SequenceVariant", .text, DICOMTag(0x0018, 0x0021)),
    SidecarField("ScanOptions", .text, DICOMTag(0x0018, 0x0022)),
    SidecarField("MRAcquisitionType", .text, DICOMTag(0x0018, 0x0023)),
    SidecarField("SequenceName", .text, DICOMTag(0x0018, 0x0024), DICOMTag(0x0018, 0x9005)),
    SidecarField("EchoTime", seconds, DICOMTag(0x0018, 0x0081), DICOMTag(0x0018, 0x9082)),
    SidecarField("EchoNumber", .number(), DICOMTag(0x0018, 0x0086)),
    SidecarField("RepetitionTime", seconds, DICOMTag(0x0018, 0x0080)),
    SidecarField("InversionTime", seconds, DICOMTag(0x0018, 0x0082), DICOMTag(0x0018, 0x9079)),
    SidecarField("FlipAngle", .number(), DICOMTag(0x0018, 0x1314)),
    SidecarField("NumberOfAverages", .number(), DICOMTag(0x0018, 0x0083)),
    SidecarField("EchoTrainLength", .number(), DICOMTag(0x0018, 0x0091)),
    SidecarField("PercentPhaseFOV", .number(), DICOMTag(0x0018, 0x0094)),
    SidecarField("PercentSampling", .number(), DICOMTag(0x0018, 0x0093)),
    SidecarField("PhaseEncodingSteps", .number(), DICOMTag(0x0018, 0x0089)),
    SidecarField("PixelBandwidth", .number(), DICOMTag(0x0018, 0x0095)),
    SidecarField("SAR", .number(), DICOMTag(0x0018, 0x1316)),
    SidecarField(
      "InPlanePhaseEncodingDirectionDICOM", .text, DICOMTag(0x0018, 0x1312)),

    SidecarField("KVP", .number(), DICOMTag(0x0018, 0x0060)),
    SidecarField("ExposureTime", seconds, DICOMTag(0x0018, 0x1150), DICOMTag(0x0018, 0x9328)),
    SidecarField("XRayTubeCurrent", .number(), DICOMTag(0x0018, 0x1151), DICOMTag(0x0018, 0x9330)),
    SidecarField("XRayExposure", .number(), DICOMTag(0x0018, 0x1152), DICOMTag(0x0018, 0x9332)),
    SidecarField("ConvolutionKernel", .text, DICOMTag(0x0018, 0x1210), DICOMTag(0x0018, 0x9316)),
  ]
}

extension DICOMElements {
  /// What a field says; `nil` where the header does not say it, or not in a legal way.
  func value(of field: SidecarField) -> Sidecar.Value? {
    let groups =
      [self] + functionalGroups(.sharedFunctionalGroupsSequence)
      + functionalGroups(DICOMTag(0x5200, 0x9230))
    for elements in groups {
      for tag in field.tags where elements.raw(tag) != nil { return elements.value(tag, field.kind) }
    }
    return nil
  }

  private func value(_ tag: DICOMTag, _ kind: SidecarField.Kind) -> Sidecar.Value? {
    let texts = texts(tag)
    let numbers = ((try? numbers(tag)) ?? []).filter(\.isFinite)
    return switch kind {
    case .text: texts.count > 1 ? .texts(texts) : texts.first.map { .text($0) }
    case .list: texts.isEmpty ? nil : .texts(texts)
    case .number(let divisor): numbers.first.map { .number($0 / divisor) }
    case .numbers: numbers.isEmpty ? nil : .numbers(numbers)
    }
  }

  /// The items of an enhanced image that say how its first frame was acquired.
  private func functionalGroups(_ tag: DICOMTag) -> [DICOMElements] {
    guard let first = items(tag).first else { return [] }
    return Self.groups.flatMap { first.items($0).prefix(1) }
  }

  private static let groups: [DICOMTag] = [
    DICOMTag(0x0018, 0x9006),  // MR Imaging Modifier
    DICOMTag(0x0018, 0x9112),  // MR Timing and Related Parameters
    DICOMTag(0x0018, 0x9114),  // MR Echo
    DICOMTag(0x0018, 0x9115),  // MR Modifier
    DICOMTag(0x0018, 0x9119),  // MR Averages
    DICOMTag(0x0018, 0x9125),  // MR FOV/Geometry
    DICOMTag(0x0018, 0x9314),  // CT Reconstruction
    DICOMTag(0x0018, 0x9321),  // CT Exposure
    DICOMTag(0x0018, 0x9325),  // CT X-Ray Details
    DICOMTag(0x0020, 0x9116),  // Plane Orientation
    DICOMTag(0x0028, 0x9110),  // Pixel Measures
  ]
}
