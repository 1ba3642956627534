/// What an enhanced multi-frame image says of one frame: its own functional groups, and those of all frames.
///
/// - Source: DICOM PS3.3 C.7.6.16.
struct FunctionalGroups {
  let frame: DICOMElements?
  let shared: DICOMElements?

  /// The only item of a group, of all frames where the frame itself has none.
  func group(_ sequence: DICOMTag) -> DICOMElements? {
    frame?.items(sequence).first ?? shared?.items(sequence).first
  }

  /// The first of some groups that there is.
  func group(among sequences: [DICOMTag]) -> DICOMElements? {
    for sequence in sequences { if let group = group(sequence) { return group } }
    return nil
  }
}

extension DICOMSlice {
  /// The frames of an enhanced multi-frame image, legacy-converted ones too, in the order of the file.
  ///
  /// Plane, thickness, rescaling and acquisition are each frame's own; `self` gives what all share.
  ///
  /// - Throws: ``FormatError`` with code `malformed`.
  /// - Complexity: O(frames).
  func enhancedFrames(_ elements: DICOMElements, count: Int) throws(FormatError) -> [DICOMSlice] {
    let shared = elements.items(.sharedFunctionalGroupsSequence).first
    let items = elements.items(.perFrameFunctionalGroupsSequence)
    guard items.count == count || items.isEmpty && count == 1 else {
      throw FormatError(
        .malformed, "expected functional groups of \(count) frames, found \(items.count)",
        at: DICOMTag.perFrameFunctionalGroupsSequence.context)
    }
    var images: [DICOMSlice] = []
    images.reserveCapacity(count)
    for frame in 0..<count {
      let groups = FunctionalGroups(frame: frame < items.count ? items[frame] : nil, shared: shared)
      var image = self
      image.frame = frame
      if count > 1 { image.part = "frame \(frame + 1)" }
      do throws(FormatError) {
        try image.update(groups, of: count)
      } catch {
        image.refusal = image.refusal ?? error.inside(.file(image.name))
      }
      images.append(image)
    }
    return images
  }

  private mutating func update(_ groups: FunctionalGroups, of count: Int) throws(FormatError) {
    let measures = groups.group(.pixelMeasuresSequence)
    if let thickness = try? measures?.number(.sliceThickness) { self.thickness = thickness }
    acquisition.update(groups, frame: frame, of: count)
    if let group = groups.group(.pixelValueTransformationSequence) {
      rescale = try Rescale(group)
      refuseSlope()
    }
    let (position, orientation) = (groups.group(.planePositionSequence), groups.group(.planeOrientationSequence))
    plane = try Plane(position: position, orientation: orientation, spacing: measures) ?? plane
  }
}

extension DICOMSlice.Acquisition {
  /// Takes what the functional groups of a frame say; the rest stays as the image says.
  fileprivate mutating func update(_ groups: FunctionalGroups, frame: Int, of count: Int) {
    if let shared = groups.shared?.items(.unassignedSharedConvertedAttributesSequence).first { update(Self(shared)) }
    if let own = groups.frame?.items(.unassignedPerFrameConvertedAttributesSequence).first { update(Self(own)) }

    let content = groups.group(.frameContentSequence)
    stackID = content?.text(.stackID) ?? stackID
    temporalPosition = (try? content?.integer(.temporalPositionIndex)) ?? temporalPosition
    acquisitionNumber = (try? content?.integer(.frameAcquisitionNumber)) ?? acquisitionNumber
    acquisitionTime = content?.text(.frameAcquisitionDateTime) ?? acquisitionTime

    let type = groups.group(among: [
      .mrImageFrameTypeSequence, .ctImageFrameTypeSequence, .petFrameTypeSequence,
    ])
    if let frameType = type?.texts(.frameType), !frameType.isEmpty { imageType = frameType }
    kernel = groups.group(.ctReconstructionSequence)?.text(.convolutionKernel) ?? kernel
    echoTime = (try? groups.group(.mrEchoSequence)?.number(.effectiveEchoTime)) ?? echoTime
    bValue = (try? groups.group(.mrDiffusionSequence)?.number(.diffusionBValue)) ?? bValue
    let trigger = groups.group(.cardiacSynchronizationSequence)
    triggerTime = (try? trigger?.number(.nominalCardiacTriggerDelayTime)) ?? triggerTime
    // Rises with the file's number, then with the frame.
    instanceNumber = (instanceNumber ?? 0).multipliedReportingOverflow(by: count).partialValue &+ frame
  }

  /// Takes what another one knows.
  private mutating func update(_ other: Self) {
    imageType = other.imageType ?? imageType
    kernel = other.kernel ?? kernel
    echoTime = other.echoTime ?? echoTime
    echoNumber = other.echoNumber ?? echoNumber
    bValue = other.bValue ?? bValue
    temporalPosition = other.temporalPosition ?? temporalPosition
    triggerTime = other.triggerTime ?? triggerTime
    acquisitionNumber = other.acquisitionNumber ?? acquisitionNumber
    acquisitionTime = other.acquisitionTime ?? acquisitionTime
  }
}

extension DICOMTag {
  fileprivate static let frameType = DICOMTag(0x0008, 0x9007)
  fileprivate static let frameAcquisitionDateTime = DICOMTag(0x0018, 0x9074)
  fileprivate static let effectiveEchoTime = DICOMTag(0x0018, 0x9082)
  fileprivate static let mrEchoSequence = DICOMTag(0x0018, 0x9114)
  fileprivate static let mrDiffusionSequence = DICOMTag(0x0018, 0x9117)
  fileprivate static let cardiacSynchronizationSequence = DICOMTag(0x0018, 0x9118)
  fileprivate static let mrImageFrameTypeSequence = DICOMTag(0x0018, 0x9226)
  fileprivate static let ctReconstructionSequence = DICOMTag(0x0018, 0x9314)
  fileprivate static let ctImageFrameTypeSequence = DICOMTag(0x0018, 0x9329)
  fileprivate static let petFrameTypeSequence = DICOMTag(0x0018, 0x9751)
  fileprivate static let frameContentSequence = DICOMTag(0x0020, 0x9111)
  fileprivate static let planePositionSequence = DICOMTag(0x0020, 0x9113)
  fileprivate static let planeOrientationSequence = DICOMTag(0x0020, 0x9116)
  fileprivate static let temporalPositionIndex = DICOMTag(0x0020, 0x9128)
  fileprivate static let nominalCardiacTriggerDelayTime = DICOMTag(0x0020, 0x9153)
  fileprivate static let frameAcquisitionNumber = DICOMTag(0x0020, 0x9156)
  fileprivate static let unassignedSharedConvertedAttributesSequence = DICOMTag(0x0020, 0x9170)
  fileprivate static let unassignedPerFrameConvertedAttributesSequence = DICOMTag(0x0020, 0x9171)
  fileprivate static let pixelMeasuresSequence = DICOMTag(0x0028, 0x9110)
  fileprivate static let pixelValueTransformationSequence = DICOMTag(0x0028, 0x9145)
}
