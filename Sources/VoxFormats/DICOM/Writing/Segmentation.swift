public import VoxGrid

/// A label map that becomes a DICOM Segmentation, and what is to be said of it.
public struct Segmentation: Sendable {
  /// The segments on the grid of the stack it is written on; labels of 0 and less are no segments.
  public var labels: LabelMap
  /// Names, colours and codes of the segments.
  public var table: LabelTable
  /// What made the segments: a network and the digest of its file.
  public var algorithm: Software
  /// Series Description (0008,103E); 64 characters are kept.
  public var seriesDescription: String
  /// Series Number (0020,0011).
  public var seriesNumber: Int

  /// Describes a segmentation.
  public init(
    labels: LabelMap, table: LabelTable, algorithm: Software, seriesDescription: String, seriesNumber: Int
  ) {
    (self.labels, self.table, self.algorithm) = (labels, table, algorithm)
    (self.seriesDescription, self.seriesNumber) = (seriesDescription, seriesNumber)
  }
}

extension Segmentation {
  /// Writes the segmentation as one file, BINARY, one frame for each plane of each segment that has voxels there.
  ///
  /// Segments are numbered from 1 in rising order of label. A label without a code has the private one of its own
  /// number.
  ///
  /// - Parameter path: where to; the file appears whole or not at all.
  /// - Precondition: the labels lie on the stack's grid.
  /// - Throws: ``FormatError``: `unsupported` where there is no segment, or more than a file can hold.
  /// - Complexity: O(voxels + frames × pixels); memory for one packed frame.
  /// - Source: DICOM PS3.3 A.51 (segmentation IOD), C.8.20 (segmentation modules).
  public func write(
    to path: String, on stack: FrameStack, identity: DerivedIdentity, software: Software
  ) throws(FormatError) {
    precondition(labels.grid.dimensions == stack.dimensions, "labels must lie on the planes they are written on")
    let planes = segmentPlanes()
    let values = planes.keys.sorted()
    guard !values.isEmpty, values.count <= UInt16.max else {
      throw FormatError(
        .unsupported, "expected 1 to \(UInt16.max) segments with voxels, found \(values.count)",
        at: .file(StagedPaths.visibleName(of: path)))
    }
    let series = NewSeries(
      identity, sopClass: "1.2.840.10008.5.1.4.1.1.66.4", modality: "SEG", imageType: ["DERIVED", "PRIMARY"],
      number: seriesNumber, description: seriesDescription, derivation: "Segmentation by \(algorithm.name).")
    let builder = try series.object(0)
    try builder.setEquipment(software)
    try builder.setContent(label: "SEGMENTATION", description: seriesDescription)
    try builder.setReferencedSeries(of: stack, identity)
    try builder.set(DICOMTag(0x0062, 0x0001), "CS", "BINARY")  // Segmentation Type
    try builder.set(DICOMTag(0x0062, 0x0013), "CS", "NO")  // Segments Overlap
    for (index, value) in values.enumerated() { try addSegment(Int(value), number: index + 1, to: builder) }
    let frames = values.enumerated().flatMap { index, value in
      (planes[value] ?? []).map { NewFrame(plane: $0, segment: index + 1) }
    }
    try builder.setFrames(frames, on: stack, derivation: .segmentation)
    try builder.setBits(stack.dimensions)
    try builder.set(identity.lossyHistory)

    let bits = frames.count * stack.dimensions.x * stack.dimensions.y
    let pixels = StreamedPixels(.pixelData, "OB", count: (bits + 7) / 8)
    try builder.write(to: path, pixels) { sink throws(FormatError) in
      var packer = BitPacker()
      for frame in frames {
        packer.append(plane(frame.plane), equalTo: values[(frame.segment ?? 1) - 1])
        try packer.drain(to: sink, whole: false)
      }
      try packer.drain(to: sink, whole: true)
    }
  }

  /// The planes on which each label above 0 has voxels, in rising order.
  private func segmentPlanes() -> [Int32: [Int]] {
    var planes: [Int32: [Int]] = [:]
    for k in 0..<labels.grid.dimensions.z {
      var (seen, last): (Set<Int32>, Int32) = ([], 0)
      for value in plane(k) where value != last {
        last = value
        if value > 0 { seen.insert(value) }
      }
      for value in seen { planes[value, default: []].append(k) }
    }
    return planes
  }

  private func plane(_ k: Int) -> ArraySlice<Int32> {
    let size = labels.grid.dimensions.x * labels.grid.dimensions.y
    return labels.voxels[(k * size)..<((k + 1) * size)]
  }

  private func addSegment(_ value: Int, number: Int, to builder: DICOMBuilder) throws(FormatError) {
    let name = table.name(value)
    let terms = table[value]?.terminology ?? Terminology(type: Code(Code.privateScheme, "\(value)", name))
    let item = try builder.addItem(DICOMTag(0x0062, 0x0002))
    try item.set(DICOMTag(0x0062, 0x0004), UInt16(number))
    try item.set(DICOMTag(0x0062, 0x0005), "LO", name, limit: 64)
    try item.set(DICOMTag(0x0062, 0x0006), "ST", "Label \(value) of the label map")
    try item.set(DICOMTag(0x0062, 0x0008), "CS", "AUTOMATIC")
    try item.set(DICOMTag(0x0062, 0x0009), "LO", algorithm.name, limit: 64)
    let algorithms = try item.addItem(DICOMTag(0x0062, 0x0007))
    try algorithms.set(DICOMTag(0x0066, 0x002F), Code.artificialIntelligence)
    try algorithms.set(DICOMTag(0x0066, 0x0031), "LO", algorithm.version, limit: 64)
    try algorithms.set(DICOMTag(0x0066, 0x0036), "LO", algorithm.name, limit: 64)
    try item.set(DICOMTag(0x0062, 0x0003), terms.category)
    let type = try item.set(DICOMTag(0x0062, 0x000F), terms.type)
    if let modifier = terms.modifier { try type.set(DICOMTag(0x0062, 0x0011), modifier) }
    try item.set(DICOMTag(0x0062, 0x000D), "US", values: DisplayColor(table.color(value)).stored)
  }
}

extension DICOMBuilder {
  fileprivate func setBits(_ dimensions: SIMD3<Int>) throws(FormatError) {
    try set(.samplesPerPixel, 1)
    try set(.photometricInterpretation, "CS", "MONOCHROME2")
    try set(.rows, UInt16(dimensions.y))
    try set(.columns, UInt16(dimensions.x))
    try set(.bitsAllocated, 1)
    try set(.bitsStored, 1)
    try set(.highBit, 0)
    try set(.pixelRepresentation, 0)
    try set(.lossyImageCompression, "CS", "00")
  }
}
