import Glibc

/// What keeps the images of a series from being one volume as they are.
public enum DICOMSeriesProblem: Sendable {
  /// An image is of a kind that this program does not read.
  case unusable(FormatError)
  /// An image does not say where it lies.
  case noPlane(file: String)
  /// A single slice that does not say how thick it is.
  case unknownThickness(file: String)
  /// Two slices lie at the same place; `isCopy` where they are the same image.
  case duplicatePosition(first: String, second: String, isCopy: Bool)
  /// Slices are shifted against each other in proportion to their distance.
  case gantryTilt(degrees: Double, file: String)
  /// One slice is shifted against the others.
  case misaligned(file: String, millimetres: Double)
  /// A step is so many times the usual one.
  case missingSlices(Gap, count: Int)
  /// Steps differ.
  case irregularSpacing(Gap)

  /// The step between two slices, in millimetres along the normal.
  public struct Gap: Sendable {
    public var after: String
    public var before: String
    public var step: Double
    /// The usual step.
    public var usual: Double
    /// Every step of the stack in order, equal neighbours counted.
    public var runs: [(count: Int, step: Double)]
  }

  /// Whether the series cannot be loaded because of it.
  public func prevents(_ options: DICOMLoadOptions) -> Bool {
    switch self {
    case .gantryTilt: options.tilt == .error
    case .misaligned, .missingSlices, .irregularSpacing: options.irregular == .error
    case .unusable, .noPlane, .unknownThickness, .duplicatePosition: true
    }
  }

  /// The problem as the error that loading the series throws.
  public var error: FormatError {
    switch self {
    case .unusable(let error): error
    case .noPlane(let file):
      FormatError(
        .unsupported, "expected position, orientation and pixel spacing of a slice in the patient; found not all three",
        at: .file(file), DICOMTag.imagePositionPatient.context)
    case .unknownThickness(let file):
      FormatError(
        .malformed, "expected the thickness of a single slice, found none", at: .file(file),
        DICOMTag.sliceThickness.context)
    case .duplicatePosition(let first, let second, isCopy: true):
      FormatError(
        .malformed, "is the same image as \(second); expected one file per image", at: .file(first),
        DICOMTag.sopInstanceUID.context)
    case .duplicatePosition(let first, let second, isCopy: false):
      FormatError(
        .malformed,
        "lies at the same place as \(second); expected one image per place, so give the files of one volume only",
        at: .file(first), DICOMTag.imagePositionPatient.context)
    case .gantryTilt(let degrees, let file):
      FormatError(
        .unsupported,
        "gantry tilt of \(Self.decimal(degrees, 1)) degrees: slices are shifted against each other; expected a "
          + "rectangular stack, which ctx2nii --tilt correct makes of it", at: .file(file),
        DICOMTag.imagePositionPatient.context)
    case .misaligned(let file, let millimetres):
      FormatError(
        .unsupported,
        "is shifted by \(Self.decimal(millimetres, 3)) mm against the other slices; ctx2nii --irregular resample moves it "
          + "into line", at: .file(file), DICOMTag.imagePositionPatient.context)
    case .missingSlices(let gap, let count):
      FormatError(
        .malformed,
        "\(count) missing before \(gap.before): expected a step of \(Self.decimal(gap.usual, 3)) mm, found "
          + "\(Self.decimal(gap.step, 3)) mm; ctx2nii --irregular resample interpolates over the gap",
        at: .file(gap.after),
        DICOMTag.imagePositionPatient.context)
    case .irregularSpacing(let gap):
      FormatError(
        .unsupported,
        "irregular spacing: the step to \(gap.before) is \(Self.decimal(gap.step, 3)) mm, expected "
          + "\(Self.decimal(gap.usual, 3)) mm; all steps: \(gap.description); ctx2nii --irregular resample interpolates a "
          + "regular stack", at: .file(gap.after), DICOMTag.imagePositionPatient.context)
    }
  }

  /// What was done about the problem, for a user to know; `nil` for one that prevents loading.
  ///
  /// - Parameter step: the distance of the volume's planes in millimetres.
  func correction(step: Double) -> String? {
    switch self {
    case .unusable, .noPlane, .unknownThickness, .duplicatePosition: nil
    case .gantryTilt(let degrees, _):
      "gantry tilt of \(Self.decimal(degrees, 1)) degrees: the slices were resampled onto a rectangular grid"
    case .misaligned(let file, let millimetres):
      "\(file): the slice was moved by \(Self.decimal(millimetres, 3)) mm into line with the others"
    case .missingSlices(let gap, let count):
      "\(count) missing between \(gap.after) and \(gap.before): the gap of \(Self.decimal(gap.step, 3)) mm was "
        + "interpolated; nothing was measured there"
    case .irregularSpacing(let gap):
      "irregular spacing of \(gap.description): the slices were interpolated to steps of \(Self.decimal(step, 3)) mm"
    }
  }

  static func decimal(_ value: Double, _ digits: Int) -> String {
    let scale = pow(10, Double(digits))
    return String((value * scale).rounded() / scale)
  }
}

extension DICOMSeriesProblem: CustomStringConvertible {
  /// The error's text.
  public var description: String { error.description }
}

extension DICOMSeriesProblem.Gap: CustomStringConvertible {
  /// The steps, like `13 x 4.002, 1 x 1.081, 13 x 6.999 mm`.
  public var description: String {
    let shown = runs.prefix(8).map { "\($0.count) x \(DICOMSeriesProblem.decimal($0.step, 3))" }
    return shown.joined(separator: ", ") + (runs.count > 8 ? ", ..." : "") + " mm"
  }
}
