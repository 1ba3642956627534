extension DICOMSlice {
  /// What tells images of one place apart: how and when each was acquired and reconstructed.
  ///
  /// Every field is `nil` where the file does not say, or not legibly.
  struct Acquisition: Sendable, Hashable {
    /// Stack ID (0020,9056).
    var stackID: String?
    /// Image Type (0008,0008), such as `ORIGINAL`, `PRIMARY`, `M`.
    var imageType: [String]?
    /// Convolution Kernel (0018,1210).
    var kernel: String?
    /// Echo Time (0018,0081), milliseconds.
    var echoTime: Double?
    /// Echo Number (0018,0086).
    var echoNumber: Int?
    /// Diffusion b-value, s/mm2.
    var bValue: Double?
    /// Temporal Position Identifier (0020,0100).
    var temporalPosition: Int?
    /// Trigger Time (0018,1060), milliseconds.
    var triggerTime: Double?
    /// Acquisition Number (0020,0012).
    var acquisitionNumber: Int?
    /// Acquisition date and time as digits, which sort as text.
    var acquisitionTime: String?
    /// Instance Number (0020,0013).
    var instanceNumber: Int?

    /// An acquisition of which nothing is known.
    init() {}
  }
}

extension DICOMSlice.Acquisition {
  /// Reads a file of one image.
  init(_ elements: DICOMElements) {
    stackID = elements.text(.stackID)
    imageType = elements.texts(.imageType)
    if imageType == [] { imageType = nil }
    kernel = elements.text(.convolutionKernel)
    echoTime = try? elements.number(.echoTime)
    echoNumber = try? elements.integer(.echoNumbers)
    bValue = Self.bValue(elements)
    temporalPosition = try? elements.integer(.temporalPositionIdentifier)
    triggerTime = try? elements.number(.triggerTime)
    acquisitionNumber = try? elements.integer(.acquisitionNumber)
    acquisitionTime =
      elements.text(.acquisitionDateTime)
      ?? elements.text(.acquisitionTime).map { (elements.text(.acquisitionDate) ?? "") + $0 }
    instanceNumber = try? elements.integer(.instanceNumber)
  }

  /// Diffusion b-value (0018,9087), or what the makers wrote before there was such an element.
  ///
  /// - Source: DICOM PS3.3 C.8.13.5.9; conformance statements of Siemens (SIEMENS MR HEADER), GE (GEMS_PARM_01) and
  ///   Philips (Philips Imaging DD 001).
  private static func bValue(_ elements: DICOMElements) -> Double? {
    if let value = try? elements.number(.diffusionBValue) { return value }
    if elements.text(DICOMTag(0x0019, 0x0010)) == "SIEMENS MR HEADER" {
      return try? elements.number(DICOMTag(0x0019, 0x100C))
    }
    if elements.text(DICOMTag(0x0043, 0x0010)) == "GEMS_PARM_01" {
      // GE adds 10^9 to tell values set by the sequence from others.
      return (try? elements.number(DICOMTag(0x0043, 0x1039)))?.truncatingRemainder(dividingBy: 1e6)
    }
    guard elements.text(DICOMTag(0x2001, 0x0010))?.hasPrefix("Philips Imaging DD 001") == true else { return nil }
    let tag = DICOMTag(0x2001, 0x1003)
    if let raw = elements.raw(tag), raw.representation == "UN", raw.bytes.count == 4 {
      return Double(Float(bitPattern: raw.bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }))
    }
    return try? elements.number(tag)
  }
}
