internal import VoxGrid

/// A frame of a new multi-frame image.
struct NewFrame {
  /// Which plane of the stack it lies on, from 0.
  var plane: Int
  /// The segment it shows, from 1; `nil` where the image has none.
  var segment: Int?
}

extension DICOMBuilder {
  /// Sets the size of the frames and their functional groups: planes, sources and, where there are some, segments.
  ///
  /// - Parameters:
  ///   - derivation: how a frame came from its sources.
  ///   - shared: sets further groups that all frames share.
  /// - Source: DICOM PS3.3 C.7.6.16 (multi-frame functional groups), C.7.6.17 (dimensions).
  func setFrames(
    _ frames: [NewFrame], on stack: FrameStack, derivation: Code,
    shared: (DICOMBuilder) throws(FormatError) -> Void = { _ in }
  ) throws(FormatError) {
    try set(.numberOfFrames, "IS", String(frames.count))
    let (date, time) = DICOMClock.now
    try set(DICOMTag(0x0008, 0x0023), "DA", date)  // Content Date
    try set(DICOMTag(0x0008, 0x0033), "TM", time)  // Content Time
    let hasSegments = frames.contains { $0.segment != nil }
    try setDimensions(hasSegments: hasSegments)

    let common = try addItem(.sharedFunctionalGroupsSequence)
    if let first = stack.planes.first {
      try common.addItem(DICOMTag(0x0020, 0x9116)).set(
        .imageOrientationPatient, decimals: [first.alongRow, first.alongColumn].flatMap { [$0.x, $0.y, $0.z] })
      let measures = try common.addItem(DICOMTag(0x0028, 0x9110))
      try measures.set(.pixelSpacing, decimals: [first.rowSpacing, first.columnSpacing])
      try measures.set(.sliceThickness, decimals: [stack.thickness])
      try measures.set(DICOMTag(0x0018, 0x0088), decimals: [stack.spacing])
    }
    try shared(common)

    for frame in frames {
      let item = try addItem(.perFrameFunctionalGroupsSequence)
      let position = stack.planes[frame.plane].position
      try item.addItem(DICOMTag(0x0020, 0x9113))
        .set(.imagePositionPatient, decimals: [position.x, position.y, position.z])
      let index = [frame.segment, frame.plane + 1].compactMap { $0 }.map { UInt32($0) }
      try item.addItem(DICOMTag(0x0020, 0x9111)).set(DICOMTag(0x0020, 0x9157), "UL", values: index)
      if let segment = frame.segment {
        try item.addItem(DICOMTag(0x0062, 0x000A)).set(DICOMTag(0x0062, 0x000B), UInt16(segment))
      }
      try item.addDerivation(derivation, from: stack.sources[frame.plane], inPlace: stack.hasSourcesPixels)
    }
  }

  /// Names the frame's sources and how it came from them; an empty sequence where there are none.
  private func addDerivation(
    _ derivation: Code, from sources: [DICOMSlice], inPlace: Bool
  ) throws(FormatError) {
    let tag = DICOMTag(0x0008, 0x9124)
    guard !sources.isEmpty else { return try set(tag, "SQ", bytes: []) }
    let item = try addItem(tag)
    try item.set(DICOMTag(0x0008, 0x9215), derivation)
    for source in sources {
      guard let reference = try item.addSource(source) else { continue }
      try reference.set(DICOMTag(0x0028, 0x135A), "CS", inPlace ? "YES" : "NO")  // Spatial Locations Preserved
      try reference.set(DICOMTag(0x0040, 0xA170), Code.sourceImage)
    }
  }

  /// Frames are ordered by segment, then by plane.
  private func setDimensions(hasSegments: Bool) throws(FormatError) {
    let uid = newDICOMUID()
    try addItem(DICOMTag(0x0020, 0x9221)).set(DICOMTag(0x0020, 0x9164), "UI", uid)
    let segment = (DICOMTag(0x0062, 0x000B), DICOMTag(0x0062, 0x000A), "Referenced Segment Number")
    let plane = (DICOMTag.imagePositionPatient, DICOMTag(0x0020, 0x9113), "Image Position Patient")
    for (pointer, group, label) in hasSegments ? [segment, plane] : [plane] {
      let item = try addItem(DICOMTag(0x0020, 0x9222))
      try item.set(DICOMTag(0x0020, 0x9164), "UI", uid)
      try item.set(DICOMTag(0x0020, 0x9165), "AT", values: [pointer.group, pointer.element])
      try item.set(DICOMTag(0x0020, 0x9167), "AT", values: [group.group, group.element])
      try item.set(DICOMTag(0x0020, 0x9421), "LO", label)
    }
  }

  /// Refers to the series that the sources of a stack belong to; nothing where there are none.
  ///
  /// - Source: DICOM PS3.3 C.12.2 (common instance reference).
  func setReferencedSeries(of stack: FrameStack, _ identity: DerivedIdentity) throws(FormatError) {
    guard let series = identity.source?.seriesInstanceUID else { return }
    var seen: Set<String> = []
    let slices = stack.sources.joined().filter { seen.insert($0.sopInstanceUID ?? "").inserted }
    guard !slices.isEmpty else { return }
    let item = try addItem(DICOMTag(0x0008, 0x1115))
    try item.set(.seriesInstanceUID, "UI", series)
    for slice in slices {
      let instance = try item.addItem(DICOMTag(0x0008, 0x114A))
      try instance.set(.referencedSOPClassUID, "UI", slice.sopClassUID ?? "")
      try instance.set(.referencedSOPInstanceUID, "UI", slice.sopInstanceUID ?? "")
    }
  }

  /// Sets what made the object.
  ///
  /// - Parameter software: name and version of the program.
  /// - Source: DICOM PS3.3 C.7.5.2 (enhanced general equipment).
  func setEquipment(_ software: Software) throws(FormatError) {
    try set(DICOMTag(0x0008, 0x1090), "LO", software.name, limit: 64)
    try set(DICOMTag(0x0018, 0x1000), "LO", "0")  // Device Serial Number: programs have none
    try set(DICOMTag(0x0018, 0x1020), "LO", software.version, limit: 64)
  }

  /// Sets what the object's content is called.
  func setContent(label: String, description: String) throws(FormatError) {
    try set(DICOMTag(0x0070, 0x0080), "CS", label)
    try set(DICOMTag(0x0070, 0x0081), "LO", description, limit: 64)
    try set(DICOMTag(0x0070, 0x0084), "PN", "")  // Content Creator's Name
  }
}

/// A program and its version.
public struct Software: Sendable, Hashable {
  public var name: String
  public var version: String

  /// Names a program.
  public init(name: String, version: String) { (self.name, self.version) = (name, version) }
}
