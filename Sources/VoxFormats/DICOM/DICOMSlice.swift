import VoxGrid

/// One slice: a file's image, a frame of a multi-frame image, or a tile of a mosaic.
///
/// - Units: millimetres.
/// - Coordinates: LPS+ patient coordinates, as DICOM has them.
/// - Source: DICOM PS3.3 C.7.6.2 (image plane), C.7.6.3 (image pixel), C.11.1 (modality LUT).
public struct DICOMSlice: Sendable {
  /// The file's name.
  public let path: String
  /// Class and instance of the image; `nil` where the file has none or an empty one.
  public let sopClassUID: String?
  public let sopInstanceUID: String?
  /// Number the scanner gave the image; says nothing of its place.
  public let instanceNumber: Int?
  /// Pixels along a row of the image, and rows.
  public internal(set) var columns: Int
  public internal(set) var rows: Int
  /// Where the centre of the first pixel lies and how rows and columns run; `nil` where the file does not say.
  public internal(set) var plane: Plane?
  /// Nominal thickness in millimetres, where the file states it.
  public internal(set) var thickness: Double?

  let identity: SeriesIdentity
  let seriesDescription: String?
  let seriesNumber: Int?
  let transferSyntax: DICOMTransferSyntax
  let pixels: PixelLayout
  /// Which of several slices of the file this is, such as `frame 3`, for messages.
  var part: String?
  /// What to call the slice in messages.
  var name: String { part.map { "\(path) (\($0))" } ?? path }
  /// Where the pixels of the file lie; `nil` where there is a ``refusal``.
  var source: DICOMPixelSource?
  /// Which frame of the file, from 0, and at which column and row of it the slice begins.
  var frame = 0
  var corner: SIMD2<Int> = .zero
  var rescale: Rescale
  var acquisition: Acquisition
  /// Why the image cannot be one slice of a scalar volume; the first reason found.
  var refusal: FormatError?

  /// What images of one series have in common.
  struct SeriesIdentity: Sendable, Hashable {
    var seriesUID: String?
    var studyUID: String?
    var frameOfReferenceUID: String?
    var modality: String?
  }

  /// The plane of an image.
  public struct Plane: Sendable, Hashable {
    /// Centre of the first pixel.
    public var position: SIMD3<Double>
    /// Unit vector in which the column index grows, along a row.
    public var alongRow: SIMD3<Double>
    /// Unit vector in which the row index grows, down a column.
    public var alongColumn: SIMD3<Double>
    /// Distance between neighbouring pixels along a row: the second value of Pixel Spacing (0028,0030).
    public var columnSpacing: Double
    /// Distance between neighbouring rows: the first value of Pixel Spacing.
    public var rowSpacing: Double

    /// Unit vector perpendicular to the image.
    public var normal: SIMD3<Double> { alongRow.cross(alongColumn) }
  }

  /// How a pixel is stored.
  struct PixelLayout: Sendable, Hashable {
    var samples: Int
    var photometric: String
    var bitsAllocated: Int
    var bitsStored: Int
    var highBit: Int
    var isSigned: Bool

    var hasWholeWords: Bool { [8, 16, 32].contains(bitsAllocated) }
  }

  /// Stored values to units: `slope * stored + intercept`.
  struct Rescale: Sendable, Hashable {
    var slope = 1.0
    var intercept = 0.0
    var type: String?
  }
}

extension DICOMSlice {
  /// The slices of a file; none where it holds no image.
  ///
  /// - Throws: ``FormatError`` with code `malformed`.
  /// - Complexity: O(frames).
  static func images(in file: DICOMFile) throws(FormatError) -> [DICOMSlice] {
    do {
      return try images(parsing: file)
    } catch {
      throw error.inside(.file(file.path))
    }
  }

  private static func images(parsing file: DICOMFile) throws(FormatError) -> [DICOMSlice] {
    let elements = file.root
    guard var image = try DICOMSlice(parsing: file) else { return [] }
    let frames = max(1, try elements.integer(.numberOfFrames) ?? 1)
    let isEnhanced =
      elements.has(.sharedFunctionalGroupsSequence) || elements.has(.perFrameFunctionalGroupsSequence)
    if frames > 1, !isEnhanced {
      image.refuse(
        .unsupported, "multi-frame images without functional groups do not say where their frames lie",
        .numberOfFrames)
    }
    if image.refusal == nil {
      do throws(FormatError) {
        image.source = try DICOMPixelSource(
          file, image.pixels, columns: image.columns, rows: image.rows, frames: frames)
      } catch {
        image.refusal = error
      }
    }
    if image.refusal == nil {
      do throws(FormatError) {
        if isEnhanced { return try image.enhancedFrames(elements, count: frames) }
        if elements.texts(.imageType).contains("MOSAIC") { return try image.mosaicTiles(elements) }
      } catch {
        image.refusal = error.inside(.file(file.path))
      }
    }
    return [image]
  }

  /// Notes why the image cannot be read, unless a reason is known already.
  mutating func refuse(_ code: FormatError.Code, _ message: String, _ tag: DICOMTag) {
    if refusal == nil { refusal = FormatError(code, message, at: .file(path), tag.context) }
  }

  private init?(parsing file: DICOMFile) throws(FormatError) {
    let elements = file.root
    guard file.pixelData != nil else {
      guard Self.slicesOfScans.contains(file.storageClass ?? "") else { return nil }
      throw FormatError(
        .malformed, "expected pixel data, found the end of the file: it is damaged or cut off",
        at: DICOMTag.pixelData.context)
    }
    path = file.path
    sopClassUID = elements.text(.sopClassUID)
    sopInstanceUID = elements.text(.sopInstanceUID)
    instanceNumber = try? elements.integer(.instanceNumber)
    rows = try elements.required(.rows, in: 1...65535)
    columns = try elements.required(.columns, in: 1...65535)
    var refusal: FormatError?
    do { plane = try Plane(position: elements, orientation: elements, spacing: elements) } catch {
      (plane, refusal) = (nil, error.inside(.file(path)))
    }
    thickness = try? elements.number(.sliceThickness)
    identity = SeriesIdentity(
      seriesUID: elements.text(.seriesInstanceUID), studyUID: elements.text(.studyInstanceUID),
      frameOfReferenceUID: elements.text(.frameOfReferenceUID), modality: elements.text(.modality))
    seriesDescription = elements.text(.seriesDescription)
    seriesNumber = try? elements.integer(.seriesNumber)
    transferSyntax = file.transferSyntax
    pixels = try PixelLayout(elements)
    rescale = try Rescale(elements)
    acquisition = Acquisition(elements)
    self.refusal = refusal
    refusePixels(elements)
    refuseSlope()
  }

  /// CT, MR and PET Image Storage, and what they are called where a file has several frames.
  private static let slicesOfScans = Set(
    ["2", "2.1", "2.2", "4", "4.1", "4.3", "4.4", "128", "128.1", "130"].map { "1.2.840.10008.5.1.4.1.1.\($0)" })

  private mutating func refusePixels(_ elements: DICOMElements) {
    if pixels.samples != 1 || !pixels.photometric.hasPrefix("MONOCHROME") {
      refuse(
        .unsupported, "expected one grey value per pixel, found \(pixels.samples) of \(pixels.photometric)",
        .photometricInterpretation)
    }
    // reference: High Bit is always one less than Bits Stored, DICOM PS3.5 8.1.1.
    if pixels.highBit != pixels.bitsStored - 1 {
      refuse(
        .unsupported, "expected \(pixels.bitsStored - 1), one below Bits Stored, found \(pixels.highBit)", .highBit)
    }
    if elements.has(.modalityLUTSequence) {
      refuse(.unsupported, "a Modality LUT instead of slope and intercept is not supported", .modalityLUTSequence)
    }
  }

  /// Notes a slope that loses every value.
  mutating func refuseSlope() {
    if rescale.slope == 0 { refuse(.malformed, "expected a slope other than 0", .rescaleSlope) }
  }
}

extension DICOMSlice.Rescale {
  /// Reads slope and intercept, 1 and 0 where there is none.
  init(_ elements: DICOMElements) throws(FormatError) {
    slope = try elements.number(.rescaleSlope) ?? 1
    intercept = try elements.number(.rescaleIntercept) ?? 0
    type = elements.text(.rescaleType)
  }
}

extension DICOMSlice.Plane {
  /// Reads position, orientation and spacing; `nil` where one is missing.
  init?(position: DICOMElements?, orientation: DICOMElements?, spacing: DICOMElements?) throws(FormatError) {
    let position = try position?.numbers(.imagePositionPatient, count: 3) ?? []
    let cosines = try orientation?.numbers(.imageOrientationPatient, count: 6) ?? []
    let spacing = try spacing?.numbers(.pixelSpacing, count: 2) ?? []
    guard !position.isEmpty, !cosines.isEmpty, !spacing.isEmpty else { return nil }
    let (row, column) = (SIMD3(cosines[0], cosines[1], cosines[2]), SIMD3(cosines[3], cosines[4], cosines[5]))
    guard abs(row.length - 1) < 1e-2, abs(column.length - 1) < 1e-2, abs(row.dot(column)) < 1e-2 else {
      throw FormatError(
        .malformed, "expected two perpendicular unit vectors, found \(cosines)",
        at: DICOMTag.imageOrientationPatient.context)
    }
    guard spacing.allSatisfy({ $0 > 0 }) else {
      throw FormatError(.malformed, "expected positive spacings, found \(spacing)", at: DICOMTag.pixelSpacing.context)
    }
    self.init(
      position: SIMD3(position[0], position[1], position[2]), alongRow: row.normalized,
      alongColumn: (column - row.normalized * row.normalized.dot(column)).normalized,
      columnSpacing: spacing[1], rowSpacing: spacing[0])
  }
}

extension DICOMSlice.PixelLayout {
  fileprivate init(_ elements: DICOMElements) throws(FormatError) {
    samples = try elements.integer(.samplesPerPixel) ?? 1
    photometric = elements.text(.photometricInterpretation) ?? "MONOCHROME2"
    bitsAllocated = try elements.required(.bitsAllocated, in: 1...64)
    bitsStored = try elements.required(.bitsStored, in: 1...bitsAllocated)
    isSigned = try elements.required(.pixelRepresentation, in: 0...1) == 1
    highBit = try elements.integer(.highBit) ?? bitsStored - 1
  }
}
