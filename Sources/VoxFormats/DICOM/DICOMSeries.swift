public import VoxGrid

/// The images of one DICOM series that can be one volume.
///
/// A series whose images differ in orientation, size or pixel spacing, or that has several images of one place, such as
/// echoes or time points, is several of this type with one UID and different ``part``s.
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
  /// What tells these images from the others of their series, such as `echo 2 (TE 40 ms)`, `time point 3 of 10` or
  /// `orientation 2: sagittal`; `nil` where they are all of it.
  public let part: String?
  /// The images by rising position along their normal: slice k of the volume is `slices[k]`.
  public let slices: [DICOMSlice]
  /// The volume's grid: i along a row, j down a column, k along the normal; RAS+; `nil` where there are problems.
  public let grid: Grid?
  /// Distance between slices in millimetres; their median where it varies.
  public let sliceSpacing: Double?
  /// What keeps the images from being one volume as they are; ``DICOMSeriesProblem/prevents(_:)`` says with which
  /// options loading works nevertheless.
  public let problems: [DICOMSeriesProblem]
  /// How images that do not form a grid come onto one; `nil` where there is no problem, or one in the way of that too.
  let rectification: SliceRectification?

  /// Makes a series of images that belong together.
  init(_ images: SeriesPart) {
    let stack = SliceStack(images.slices)
    part = images.labels.isEmpty ? nil : images.labels.joined(separator: ", ")
    rectification = stack.rectification
    let first = stack.slices.first
    seriesInstanceUID = first?.identity.seriesUID
    studyInstanceUID = first?.identity.studyUID
    frameOfReferenceUID = first?.identity.frameOfReferenceUID
    modality = first?.identity.modality
    description = first?.seriesDescription
    seriesNumber = first?.seriesNumber
    (slices, grid, sliceSpacing, problems) = (stack.slices, stack.grid, stack.spacing, stack.problems)
  }

  /// Where decoded slices go under a policy, and what a user should know of it.
  struct Placement {
    /// The grid of the volume.
    var grid: Grid
    /// What brings the slices there; `nil` where they lie there already.
    var rectification: SliceRectification?
    var warnings: [String] = []
  }

  /// Finds out how the slices become a volume.
  ///
  /// - Throws: ``FormatError``: the first of ``problems`` that the options do not overcome.
  func placement(_ options: DICOMLoadOptions) throws(FormatError) -> Placement {
    if let problem = problems.first(where: { $0.prevents(options) }) { throw problem.error }
    if let grid { return Placement(grid: grid) }
    guard let rectification else {
      throw problems.first?.error ?? FormatError(.malformed, "expected images, found none")
    }
    let grid = rectification.grid
    return Placement(
      grid: grid, rectification: rectification, warnings: problems.compactMap { $0.correction(step: grid.spacing.z) })
  }

  /// The grid of the volume that loading gives, in the series' own orientation.
  ///
  /// - Throws: ``FormatError``: the first of ``problems`` that the options do not overcome.
  public func grid(_ options: DICOMLoadOptions) throws(FormatError) -> Grid { try placement(options).grid }

  /// One line of a list of series.
  public struct Summary: Sendable {
    public var uid: String?
    public var modality: String?
    public var description: String?
    /// What tells the images from the others of their series.
    public var part: String?
    public var images: Int
    /// Columns, rows and slices.
    public var dimensions: SIMD3<Int>
    /// Millimetres along a row, down a column and between slices; 0 where unknown.
    public var spacing: SIMD3<Double>
    /// Axis codes of columns, rows and slices; `nil` where the images do not say where they lie.
    public var orientation: Orientation?
    /// What is wrong; of many problems the first twelve, and how many more there are.
    public var problems: [String]

    static let longestList = 12
  }

  /// What a list of series shows.
  public var summary: Summary {
    let first = slices.first
    let plane = first?.plane
    let more = problems.count - Summary.longestList
    return Summary(
      uid: seriesInstanceUID, modality: modality, description: description, part: part, images: slices.count,
      dimensions: [first?.columns ?? 0, first?.rows ?? 0, slices.count],
      spacing: [plane?.columnSpacing ?? 0, plane?.rowSpacing ?? 0, sliceSpacing ?? 0],
      orientation: plane?.orientation,
      problems: problems.prefix(Summary.longestList).map(\.description) + (more > 0 ? ["\(more) more problems"] : []))
  }
}

extension DICOMSlice.Plane {
  /// Axis codes of a stack of such planes.
  fileprivate var orientation: Orientation {
    let flip = SIMD3<Double>(-1, -1, 1)
    return Orientation(Affine(x: alongRow * flip, y: alongColumn * flip, z: normal * flip, t: .zero))
  }
}
