import Dispatch
import Synchronization

/// A series of colour pictures on the slices of another series.
public struct SecondaryCapture: Sendable {
  /// Name of the folder the files go to, such as `sc_liver`, or of the one file without its ending.
  public var folder: String
  /// Series Description (0008,103E): what a viewer lists; 64 characters are kept.
  public var seriesDescription: String
  /// What the pictures show and how they came about, for Derivation Description (0008,2111).
  public var derivation: String
  /// Series Number (0020,0011).
  public var seriesNumber: Int

  /// Describes a series.
  public init(folder: String, seriesDescription: String, derivation: String, seriesNumber: Int) {
    (self.folder, self.seriesDescription) = (folder, seriesDescription)
    (self.derivation, self.seriesNumber) = (derivation, seriesNumber)
  }
}

/// Writes secondary captures that belong to the study, patient and frame of reference of a source series.
///
/// A file per slice is a Secondary Capture Image with the plane of its source slice as plain elements, so that viewers
/// that read them put the picture where the slice lies. One file for all is a Multi-frame True Color Secondary Capture
/// Image, in which functional groups say where the frames lie.
///
/// - Source: DICOM PS3.3 A.8.1 and A.8.5 (Secondary Capture IODs), C.7.6.2 (image plane), C.8.6 (secondary capture).
public struct SecondaryCaptureWriter: Sendable {
  /// The series whose slices the pictures lie on.
  public let source: DICOMSeries
  /// Whom and what all series that this value writes belong to.
  public let identity: DerivedIdentity

  /// What a user should know of identities that the source lacks.
  public var notes: [String] { identity.notes }

  /// Prepares captures on a series.
  ///
  /// - Parameter identity: whom the captures belong to; `nil` for the source's patient and study.
  /// - Throws: ``FormatError``: the first of the series' problems.
  public init(source: DICOMSeries, identity: DerivedIdentity? = nil) throws(FormatError) {
    if let problem = source.problems.first { throw problem.error }
    self.source = source
    if let identity { self.identity = identity } else { self.identity = try DerivedIdentity(source: source) }
  }

  /// Writes one file per slice, `FOLDER/0001.dcm` for slice 0 and so on.
  ///
  /// - Parameters:
  ///   - directory: where the folder goes; it appears when the caller commits.
  ///   - threads: how many threads share the slices; each holds one picture.
  ///   - pixels: RGB of slice k as bytes [rows, columns, 3], in the pixel order of the source's file; there may be
  ///     further rows under the slice's, for a legend.
  /// - Throws: ``FormatError``; what `pixels` throws.
  public func write(
    _ capture: SecondaryCapture, by software: Software, into directory: AtomicDirectory, threads: Int = 1,
    pixels: @Sendable (Int) throws(FormatError) -> [UInt8]
  ) throws(FormatError) {
    let series = NewSeries(
      identity, sopClass: "1.2.840.10008.5.1.4.1.1.7", modality: "OT", imageType: ["DERIVED", "SECONDARY"],
      number: capture.seriesNumber, description: capture.seriesDescription, derivation: capture.derivation)
    let count = source.slices.count
    var paths: [String] = []
    for k in 0..<count { paths.append(try directory.file("\(capture.folder)/\(NewSeries.fileName(k, of: count))")) }
    let (places, workers) = (paths, max(1, min(threads, count)))
    let failure = Mutex<FormatError?>(nil)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      var file: DICOMFile?
      for k in stride(from: worker, to: count, by: workers) {
        guard failure.withLock({ $0 == nil }) else { return }
        do throws(FormatError) {
          // Frames of one file share its header.
          if file?.path != source.slices[k].path { file = try DICOMFile(source.slices[k].path) }
          try object(k, in: series, by: software, file?.root, try pixels(k)).write(to: places[k])
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// The file of slice k.
  private func object(
    _ k: Int, in series: NewSeries, by software: Software, _ header: DICOMElements?, _ rgb: [UInt8]
  ) throws(FormatError) -> DICOMBuilder {
    let slice = source.slices[k]
    let rows = try slice.rows(of: rgb)
    let builder = try series.object(k)
    try builder.setEquipment(software)
    try builder.set(.conversionType, "CS", "WSD")
    if identity.refersToSource { try builder.addSource(slice) }
    try builder.setPlane(of: slice, header, spacing: source.sliceSpacing)
    try builder.setColour(rows: rows, columns: slice.columns, header)
    try builder.set(.pixelData, "OB", bytes: rgb)
    try builder.set(DICOMTag.lossyHistory.compactMap { header?.copied($0) })
    return builder
  }

  /// Writes one file of as many frames as there are slices, `FOLDER.dcm`.
  ///
  /// - Parameters:
  ///   - directory: where the file goes; it appears when the caller commits.
  ///   - pixels: as for ``write(_:into:pixels:)``; all pictures have one size.
  /// - Throws: ``FormatError``; what `pixels` throws.
  public func writeMultiframe(
    _ capture: SecondaryCapture, by software: Software, into directory: AtomicDirectory,
    pixels: (Int) throws(FormatError) -> [UInt8]
  ) throws(FormatError) {
    let series = NewSeries(
      identity, sopClass: "1.2.840.10008.5.1.4.1.1.7.4", modality: "OT", imageType: ["DERIVED", "SECONDARY"],
      number: capture.seriesNumber, description: capture.seriesDescription, derivation: capture.derivation)
    let stack = try FrameStack(source, naming: identity)
    guard let slice = source.slices.first else { return }
    let first = try pixels(0)
    let builder = try series.object(0)
    try builder.setEquipment(software)
    try builder.set(.conversionType, "CS", "WSD")
    try builder.setReferencedSeries(of: stack, identity)
    try builder.set(.patientOrientation, "CS", "")
    let header = try DICOMFile(slice.path).root
    try builder.setColour(rows: try slice.rows(of: first), columns: slice.columns, header)
    try builder.set(DICOMTag(0x0028, 0x0009), "AT", values: [UInt16(0x5200), 0x9230])  // Frame Increment Pointer
    try builder.set(DICOMTag.lossyHistory.compactMap(header.copied))
    let frames = (0..<stack.dimensions.z).map { NewFrame(plane: $0, segment: nil) }
    try builder.setFrames(frames, on: stack, derivation: .unspecifiedCalculation)
    let announced = StreamedPixels(.pixelData, "OB", count: frames.count * first.count)
    try builder.write(to: try directory.file("\(capture.folder).dcm"), announced) { sink throws(FormatError) in
      for k in frames.indices {
        let rgb = k == 0 ? first : try pixels(k)
        guard rgb.count == first.count else {
          throw FormatError(.malformed, "expected pictures of \(first.count) bytes, found one of \(rgb.count)")
        }
        try rgb.withUnsafeBufferPointer { buffer throws(FormatError) in try sink(UnsafeRawBufferPointer(buffer)) }
      }
    }
  }
}

extension DICOMSlice {
  /// How many rows a picture on the slice has.
  fileprivate func rows(of rgb: [UInt8]) throws(FormatError) -> Int {
    let (count, rest) = rgb.count.quotientAndRemainder(dividingBy: columns * 3)
    guard rest == 0, rows...65535 ~= count else {
      throw FormatError(
        .malformed, "expected \(rows) to 65535 rows of \(columns * 3) bytes of colour, found \(rgb.count) bytes",
        at: .file(path))
    }
    return count
  }
}

extension DICOMBuilder {
  /// The source slice's plane; where it is the file's own, with its numbers as the file writes them.
  fileprivate func setPlane(
    of slice: DICOMSlice, _ header: DICOMElements?, spacing: Double?
  ) throws(FormatError) {
    guard let plane = slice.plane else { return }
    try setPlane(plane, thickness: slice.thickness ?? spacing)
    // reference: readers that ignore the plane of a secondary capture take this one, DICOM PS3.3 C.8.6.2.
    try set(.nominalScannedPixelSpacing, decimals: [plane.rowSpacing, plane.columnSpacing])
    let position = [plane.position.x, plane.position.y, plane.position.z]
    guard let header, (try? header.numbers(.imagePositionPatient)) == position else { return }
    let copied = [.imagePositionPatient, .imageOrientationPatient, .pixelSpacing].compactMap(header.copied)
    // Some scanners write more digits than a decimal string may have.
    try set(copied.filter { $0.bytes.split(separator: UInt8(ascii: "\\")).allSatisfy { $0.count <= 16 } })
  }

  fileprivate func setColour(rows: Int, columns: Int, _ header: DICOMElements?) throws(FormatError) {
    try set(.samplesPerPixel, 3)
    try set(.photometricInterpretation, "CS", "RGB")
    try set(.planarConfiguration, 0)
    try set(.rows, UInt16(rows))
    try set(.columns, UInt16(columns))
    try set(.bitsAllocated, 8)
    try set(.bitsStored, 8)
    try set(.highBit, 7)
    try set(.pixelRepresentation, 0)
    // What is burnt into the source's pixels is seen here, too.
    try set(.burnedInAnnotation, "CS", header?.text(.burnedInAnnotation) == "YES" ? "YES" : "NO")
  }
}
