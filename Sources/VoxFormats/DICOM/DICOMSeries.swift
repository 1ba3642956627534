public import VoxGrid

/// The images of one DICOM series that share orientation, size and pixel spacing.
///
/// A series whose images differ in these is several of this type with one UID.
public struct DICOMSeries: Sendable {
  /// Identity as the files have it; `nil` where it is missing or empty.
  public let seriesInstanceUID: String?
  public let studyInstanceUID: String?
  public let frameOfReferenceUID: String?
  /// For example `CT`.
  public let modality: String?
  /// Series Description (0008,103E).
  public let description: String?
  /// Series Number (0020,0011).
  public let seriesNumber: Int?
  /// The images by rising position along their normal: slice k of the volume is `slices[k]`.
  public let slices: [DICOMSlice]
  /// The volume's grid: i along a row, j down a column, k along the normal; RAS+; `nil` where there are problems.
  public let grid: Grid?
  /// Distance between slices in millimetres; their median where it varies.
  public let sliceSpacing: Double?
  /// What keeps the images from being one volume; empty where ``load(threads:)`` can be expected to work.
  public let problems: [DICOMSeriesProblem]

  /// Makes a series of images that belong together.
  init(_ images: [DICOMSlice]) {
    let stack = SliceStack(images)
    let first = stack.slices.first
    seriesInstanceUID = first?.identity.seriesUID
    studyInstanceUID = first?.identity.studyUID
    frameOfReferenceUID = first?.identity.frameOfReferenceUID
    modality = first?.identity.modality
    description = first?.seriesDescription
    seriesNumber = first?.seriesNumber
    (slices, grid, sliceSpacing, problems) = (stack.slices, stack.grid, stack.spacing, stack.problems)
  }

  /// One line of a list of series.
  public struct Summary: Sendable {
    public var uid: String?
    public var modality: String?
    public var description: String?
    public var images: Int
    /// Columns, rows and slices.
    public var dimensions: SIMD3<Int>
    /// Millimetres along a row, down a column and between slices; 0 where unknown.
    public var spacing: SIMD3<Double>
    /// Axis codes of columns, rows and slices; `nil` where the images do not say where they lie.
    public var orientation: Orientation?
    public var problems: [String]
  }

  /// What a list of series shows.
  public var summary: Summary {
    let first = slices.first
    let plane = first?.plane
    return Summary(
      uid: seriesInstanceUID, modality: modality, description: description, images: slices.count,
      dimensions: [first?.columns ?? 0, first?.rows ?? 0, slices.count],
      spacing: [plane?.columnSpacing ?? 0, plane?.rowSpacing ?? 0, sliceSpacing ?? 0],
      orientation: plane?.orientation, problems: problems.map(\.description))
  }
}

extension DICOMSlice.Plane {
  /// Axis codes of a stack of such planes.
  fileprivate var orientation: Orientation {
    let flip = SIMD3<Double>(-1, -1, 1)
    return Orientation(Affine(x: alongRow * flip, y: alongColumn * flip, z: normal * flip, t: .zero))
  }
}
