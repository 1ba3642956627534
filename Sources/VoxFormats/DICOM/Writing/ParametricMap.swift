public import VoxGrid

/// A volume of numbers that becomes a DICOM Parametric Map, and what they mean.
public struct ParametricMap: Sendable {
  /// The numbers on the grid of the stack they are written on.
  public var map: Volume<Float>
  /// What the numbers are, such as `gradient of liver`; 64 characters are kept.
  public var quantity: String
  /// Unit of the numbers.
  public var units = Code("UCUM", "1", "no units")
  /// The display goes from minus this number to this number; positive.
  public var limit: Double
  /// Series Description (0008,103E); 64 characters are kept.
  public var seriesDescription: String
  /// How the numbers came about, for Derivation Description (0008,2111).
  public var derivation: String
  /// Series Number (0020,0011).
  public var seriesNumber: Int

  /// Describes a map.
  public init(
    map: Volume<Float>, quantity: String, limit: Double, seriesDescription: String, derivation: String,
    seriesNumber: Int
  ) {
    (self.map, self.quantity, self.limit) = (map, quantity, limit)
    (self.seriesDescription, self.derivation, self.seriesNumber) = (seriesDescription, derivation, seriesNumber)
  }
}

extension ParametricMap {
  /// Writes the map as one file of 32-bit floats, one frame for each plane; the stored values are the values.
  ///
  /// - Parameter path: where to; the file appears whole or not at all.
  /// - Precondition: the map lies on the stack's grid.
  /// - Throws: ``FormatError``: `unsupported` for 4 GiB and more.
  /// - Source: DICOM PS3.3 A.75 (parametric map IOD), C.7.6.24 (floating point image pixel), C.7.6.16.2.11 (real world
  ///   value mapping).
  public func write(
    to path: String, on stack: FrameStack, identity: DerivedIdentity, software: Software
  ) throws(FormatError) {
    precondition(map.grid.dimensions == stack.dimensions, "a map must lie on the planes it is written on")
    let type = ["DERIVED", "PRIMARY", "VOLUME", "NONE"]
    let series = NewSeries(
      identity, sopClass: "1.2.840.10008.5.1.4.1.1.30", modality: "OT", imageType: type, number: seriesNumber,
      description: seriesDescription, derivation: derivation)
    let builder = try series.object(0)
    try builder.setEquipment(software)
    try builder.setContent(label: "ATTRIBUTION", description: quantity)
    try builder.setReferencedSeries(of: stack, identity)
    try builder.set(DICOMTag(0x0018, 0x9004), "CS", "RESEARCH")  // Content Qualification
    try builder.set(DICOMTag(0x0008, 0x9205), "CS", "MONOCHROME")  // Pixel Presentation
    try builder.set(DICOMTag(0x0028, 0x0302), "CS", "NO")  // Recognizable Visual Features
    try builder.set(DICOMTag(0x2050, 0x0020), "CS", "IDENTITY")  // Presentation LUT Shape
    try builder.set(.burnedInAnnotation, "CS", "NO")
    try builder.set(.lossyImageCompression, "CS", "00")
    try builder.set(identity.lossyHistory)
    try builder.set(DICOMTag(0x0040, 0x0555), "SQ", bytes: [])  // Acquisition Context
    try builder.set(.samplesPerPixel, 1)
    try builder.set(.photometricInterpretation, "CS", "MONOCHROME2")
    try builder.set(.rows, UInt16(stack.dimensions.y))
    try builder.set(.columns, UInt16(stack.dimensions.x))
    try builder.set(.bitsAllocated, 32)
    let frames = (0..<stack.dimensions.z).map { NewFrame(plane: $0, segment: nil) }
    try builder.setFrames(frames, on: stack, derivation: .unspecifiedCalculation) { shared throws(FormatError) in
      try shared.addItem(DICOMTag(0x0040, 0x9092))  // Parametric Map Frame Type
        .set(DICOMTag(0x0008, 0x9007), "CS", type.joined(separator: "\\"))
      let window = try shared.addItem(DICOMTag(0x0028, 0x9132))  // Frame VOI LUT
      try window.set(DICOMTag(0x0028, 0x1050), decimals: [0])
      try window.set(DICOMTag(0x0028, 0x1051), decimals: [2 * limit])
      try window.set(DICOMTag(0x0028, 0x1056), "CS", "LINEAR_EXACT")  // VOI LUT Function
      let rescale = try shared.addItem(DICOMTag(0x0028, 0x9145))  // Pixel Value Transformation
      try rescale.set(.rescaleIntercept, decimals: [0])
      try rescale.set(.rescaleSlope, decimals: [1])
      try rescale.set(.rescaleType, "LO", "US")
      try setMeaning(shared.addItem(DICOMTag(0x0040, 0x9096)))
    }
    let pixels = StreamedPixels(DICOMTag(0x7FE0, 0x0008), "OF", count: 4 * map.voxels.count)
    try builder.write(to: path, pixels) { sink throws(FormatError) in
      try map.voxels.withUnsafeBufferPointer { buffer throws(FormatError) in try sink(UnsafeRawBufferPointer(buffer)) }
    }
  }

  private func setMeaning(_ item: DICOMBuilder) throws(FormatError) {
    let finite = map.voxels.lazy.filter(\.isFinite)
    try item.set(DICOMTag(0x0028, 0x3003), "LO", quantity, limit: 64)  // LUT Explanation
    try item.set(DICOMTag(0x0040, 0x9210), "SH", "ATTRIBUTION")  // LUT Label
    try item.set(DICOMTag(0x0040, 0x08EA), units)
    try item.set(DICOMTag(0x0040, 0x9214), "FD", values: [Double(finite.min() ?? 0)])  // first value mapped
    try item.set(DICOMTag(0x0040, 0x9213), "FD", values: [Double(finite.max() ?? 0)])  // last value mapped
    try item.set(DICOMTag(0x0040, 0x9224), "FD", values: [0.0])  // intercept
    try item.set(DICOMTag(0x0040, 0x9225), "FD", values: [1.0])  // slope
  }
}
