import Glibc

/// What keeps the images of a series from being one volume.
public enum DICOMSeriesProblem: Sendable {
  /// An image is of a kind that this program does not read.
  case unusable(FormatError)
  /// An image does not say where it lies.
  case noPlane(file: String)
  /// A single slice that does not say how thick it is.
  case unknownThickness(file: String)
  /// Two slices lie at the same place.
  case duplicatePosition(first: String, second: String)
  /// Slices are shifted against each other in proportion to their distance.
  case gantryTilt(degrees: Double, file: String)
  /// One slice is shifted against the others.
  case misaligned(file: String, millimetres: Double)
  /// Steps are multiples of the usual step.
  case missingSlices(Gap)
  /// Steps differ.
  case irregularSpacing(Gap)

  /// The step between two slices that differs most from the others, in millimetres along the normal.
  public struct Gap: Sendable {
    public var after: String
    public var before: String
    public var step: Double
    /// The median step.
    public var usual: Double
    /// Every step in order, equal neighbours counted.
    public var runs: [(count: Int, step: Double)]
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
    case .duplicatePosition(let first, let second):
      FormatError(
        .malformed,
        "lies at the same place as \(second); expected one image per place, so give the files of one volume only",
        at: .file(first), DICOMTag.imagePositionPatient.context)
    case .gantryTilt(let degrees, let file):
      FormatError(
        .unsupported,
        "gantry tilt of \(Self.decimal(degrees, 1)) degrees: slices are shifted against each other; "
          + "expected a rectangular stack", at: .file(file), DICOMTag.imagePositionPatient.context)
    case .misaligned(let file, let millimetres):
      FormatError(
        .unsupported, "is shifted by \(Self.decimal(millimetres, 3)) mm against the first slice", at: .file(file),
        DICOMTag.imagePositionPatient.context)
    case .missingSlices(let gap):
      FormatError(
        .malformed,
        "\(Int((gap.step / gap.usual).rounded()) - 1) missing before \(gap.before): expected a step of "
          + "\(Self.decimal(gap.usual, 3)) mm, found \(Self.decimal(gap.step, 3)) mm", at: .file(gap.after),
        DICOMTag.imagePositionPatient.context)
    case .irregularSpacing(let gap):
      FormatError(
        .unsupported,
        "irregular spacing: the step to \(gap.before) is \(Self.decimal(gap.step, 3)) mm, expected "
          + "\(Self.decimal(gap.usual, 3)) mm; all steps: \(gap.description)", at: .file(gap.after),
        DICOMTag.imagePositionPatient.context)
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

  /// Counts neighbouring steps that are equal within the tolerance of a stack.
  static func runs(of steps: [Double]) -> [(count: Int, step: Double)] {
    var runs: [(count: Int, step: Double)] = []
    for step in steps {
      if let last = runs.last, abs(last.step - step) <= SliceStack.tolerance {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((1, step))
      }
    }
    return runs
  }
}
