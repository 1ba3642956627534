import Dispatch
import Synchronization
public import VoxGrid

/// Writes volumes as DICOM series of CT or MR images, one file per slice of the third axis.
///
/// The grid may have any orientation, handedness and obliquity; it must be rectangular. Values are stored as
/// ``StoredValues`` says: integers that fit 16 bits exactly, others to half a rescale slope.
///
/// - Source: DICOM PS3.3 A.3 (CT image), A.4 (MR image), C.7.6.2 (image plane), C.11.1 and C.11.2 (rescale, window).
public struct DerivedSeriesWriter: Sendable {
  /// Whom and what all series that this value writes belong to.
  public let identity: DerivedIdentity

  /// Prepares series for the study, patient and frame of reference of a scan; without one they are of nobody.
  ///
  /// - Throws: ``FormatError`` where the reference cannot be read; whether its slices form a volume does not matter.
  public init(reference: DICOMSeries?) throws(FormatError) {
    identity = try DerivedIdentity(source: reference)
  }

  /// Writes `0001.dcm` for slice 0 and so on; they appear when the caller commits.
  ///
  /// - Parameter threads: how many threads share the slices; each holds one slice beside the volume.
  /// - Throws: ``FormatError``: `unsupported` for a sheared grid, colours, and values that are not finite.
  public func write(
    _ volume: AnyVolume, as series: DerivedSeries, into directory: AtomicDirectory, threads: Int = 1
  ) throws(FormatError) {
    switch volume {
    case .uint8(let volume): try write(volume, series, directory, threads)
    case .int8(let volume): try write(volume, series, directory, threads)
    case .int16(let volume): try write(volume, series, directory, threads)
    case .uint16(let volume): try write(volume, series, directory, threads)
    case .int32(let volume): try write(volume, series, directory, threads)
    case .uint32(let volume): try write(volume, series, directory, threads)
    case .float32(let volume): try write(volume, series, directory, threads)
    case .float64(let volume): try write(volume, series, directory, threads)
    case .rgb24, .rgba32:
      throw FormatError(
        .unsupported, "colours cannot become a CT or MR series; choose a number type", at: .file(directory.path))
    }
  }

  private func write<Voxel: GreyVoxel>(
    _ volume: Volume<Voxel>, _ series: DerivedSeries, _ directory: AtomicDirectory, _ threads: Int
  ) throws(FormatError) {
    let images: DerivedImages<Voxel>
    do throws(FormatError) {
      images = try DerivedImages(volume, series, identity, threads: threads)
    } catch {
      if case .file? = error.context.first { throw error }
      throw error.inside(.file(directory.path))
    }
    let (staging, count) = (directory.staging, volume.grid.dimensions.z)
    let failure = Mutex<FormatError?>(nil)
    let workers = max(1, min(threads, count))
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      for k in stride(from: worker, to: count, by: workers) {
        guard failure.withLock({ $0 == nil }) else { return }
        do throws(FormatError) {
          try images.object(k).write(to: "\(staging)/\(NewSeries.fileName(k, of: count))")
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}

/// The images of one volume.
private struct DerivedImages<Voxel: GreyVoxel>: Sendable {
  let volume: Volume<Voxel>
  let series: DerivedSeries
  let header: NewSeries
  let planes: SlicePlanes
  let stored: StoredValues
  let window: DerivedSeries.Window
  /// Of the reference's images, where the volume was made from them.
  let acquisition: [CopiedElement]

  init(
    _ volume: Volume<Voxel>, _ series: DerivedSeries, _ identity: DerivedIdentity, threads: Int
  ) throws(FormatError) {
    if let width = series.window?.width, !(width > 0) {
      throw FormatError(.unsupported, "expected a positive window width, found \(width)")
    }
    (self.volume, self.series) = (volume, series)
    planes = try SlicePlanes(volume.grid)
    let range = try volume.range(threads: threads)
    let stored = try StoredValues(range)
    let middle = volume.quantiles(0.01, stored: stored, threads: threads)
    window =
      series.window ?? .init(from: middle.low, to: middle.high) ?? .init(from: range.low, to: range.high)
      ?? .init(center: range.low, width: 1)
    self.stored = stored
    header = NewSeries(
      identity, sopClass: series.modality.sopClass, modality: series.modality.rawValue,
      imageType: ["DERIVED", "SECONDARY", series.modality.imageType], number: series.seriesNumber,
      description: series.seriesDescription, derivation: series.derivation)
    let source = try identity.source?.slices.first.map { slice throws(FormatError) in try DICOMFile(slice.path).root }
    let isSameKind = identity.source?.modality == series.modality.rawValue
    let tags = DICOMTag.lossyHistory + (isSameKind ? DICOMTag.acquisition : [])
    acquisition = ([DICOMTag(0x0018, 0x5100)] + (series.isMadeFromReference ? tags : [])).compactMap {
      source?.copied($0)
    }
  }

  /// The file of slice k.
  func object(_ k: Int) throws(FormatError) -> DICOMBuilder {
    let builder = try header.object(k)
    for (tag, representation) in series.modality.required { try builder.set(tag, representation, "") }
    if series.modality == .mr {
      try builder.set(DICOMTag(0x0018, 0x0020), "CS", "RM")  // Scanning Sequence: research mode
      try builder.set(DICOMTag(0x0018, 0x0021), "CS", "NONE")  // Sequence Variant
    }
    try builder.set(acquisition)

    let plane = planes[k]
    try builder.setPlane(plane, thickness: planes.spacing)
    try builder.set(DICOMTag(0x0018, 0x0088), decimals: [planes.spacing])  // Spacing Between Slices
    if series.isMadeFromReference, header.identity.refersToSource {
      for slice in header.identity.source?.slices ?? [] where slice.lies(in: plane, within: planes.spacing / 2) {
        try builder.addSource(slice)
      }
    }
    try setPixels(of: k, builder)
    return builder
  }

  private func setPixels(of k: Int, _ builder: DICOMBuilder) throws(FormatError) {
    let (columns, rows) = (volume.grid.dimensions.x, volume.grid.dimensions.y)
    try builder.set(.samplesPerPixel, 1)
    try builder.set(.photometricInterpretation, "CS", "MONOCHROME2")
    try builder.set(.rows, UInt16(rows))
    try builder.set(.columns, UInt16(columns))
    try builder.set(.bitsAllocated, 16)
    try builder.set(.bitsStored, 16)
    try builder.set(.highBit, 15)
    try builder.set(.pixelRepresentation, stored.isSigned ? 1 : 0)
    if series.modality == .ct || !stored.isIdentity {
      try builder.set(.rescaleIntercept, "DS", stored.intercept.text)
      try builder.set(.rescaleSlope, "DS", stored.slope.text)
      let units = series.units ?? (series.modality == .ct ? "HU" : "US")
      try builder.set(.rescaleType, "LO", units, limit: 16)
    }
    try builder.set(DICOMTag(0x0028, 0x1050), decimals: [window.center])
    try builder.set(DICOMTag(0x0028, 0x1051), decimals: [window.width])
    try builder.set(DICOMTag(0x0028, 0x1056), "CS", "LINEAR_EXACT")  // VOI LUT Function
    try builder.set(.burnedInAnnotation, "CS", "NO")
    let size = rows * columns
    let pixels = volume.voxels[(k * size)..<((k + 1) * size)].map { stored.stored($0.real) }
    try builder.set(.pixelData, "OW", values: pixels)
  }
}

extension DerivedSeries.Window {
  /// The window between two values; `nil` where they are the same.
  fileprivate init?(from low: Double, to high: Double) {
    guard low < high else { return nil }
    self.init(center: low + (high - low) / 2, width: high - low)
  }
}

extension DerivedSeries.Modality {
  fileprivate var sopClass: String {
    switch self {
    case .ct: "1.2.840.10008.5.1.4.1.1.2"
    case .mr: "1.2.840.10008.5.1.4.1.1.4"
    }
  }

  /// The third value of Image Type (0008,0008), of which the standard gives a CT image two to choose from.
  fileprivate var imageType: String {
    switch self {
    case .ct: "AXIAL"
    case .mr: "OTHER"
    }
  }

  /// Elements of the acquisition that must be there, if only empty.
  fileprivate var required: [(DICOMTag, String)] {
    let common = [(DICOMTag(0x0018, 0x5100), "CS")]  // Patient Position
    return switch self {
    case .ct:
      common + [
        (DICOMTag(0x0018, 0x0060), "DS"),  // KVP
        (DICOMTag(0x0020, 0x0012), "IS"),  // Acquisition Number
      ]
    case .mr:
      common + [
        (DICOMTag(0x0018, 0x0022), "CS"),  // Scan Options
        (DICOMTag(0x0018, 0x0023), "CS"),  // MR Acquisition Type
        (DICOMTag(0x0018, 0x0080), "DS"),  // Repetition Time
        (DICOMTag(0x0018, 0x0081), "DS"),  // Echo Time
        (DICOMTag(0x0018, 0x0091), "IS"),  // Echo Train Length
      ]
    }
  }
}

extension DICOMTag {
  /// How images of one series were acquired, as far as it is the same for all of them.
  fileprivate static let acquisition: [DICOMTag] = [
    DICOMTag(0x0018, 0x0015),  // Body Part Examined
    DICOMTag(0x0018, 0x0020),  // Scanning Sequence
    DICOMTag(0x0018, 0x0021),  // Sequence Variant
    DICOMTag(0x0018, 0x0022),  // Scan Options
    DICOMTag(0x0018, 0x0023),  // MR Acquisition Type
    DICOMTag(0x0018, 0x0060),  // KVP
    DICOMTag(0x0018, 0x0080),  // Repetition Time
    DICOMTag(0x0018, 0x0081),  // Echo Time
    DICOMTag(0x0018, 0x0082),  // Inversion Time
    DICOMTag(0x0018, 0x0087),  // Magnetic Field Strength
    DICOMTag(0x0018, 0x0091),  // Echo Train Length
    DICOMTag(0x0018, 0x1210),  // Convolution Kernel
    DICOMTag(0x0018, 0x1314),  // Flip Angle
  ]
}
