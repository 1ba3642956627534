public import VoxGrid

/// What becomes of slices that a tilted gantry shifted against each other.
public enum TiltPolicy: String, Sendable, CaseIterable {
  /// They are resampled onto a rectangular grid.
  case correct
  /// They are refused.
  case error
}

/// What becomes of slices with gaps, unequal steps, or one out of line.
public enum IrregularPolicy: String, Sendable, CaseIterable {
  /// They are refused.
  case error
  /// They are interpolated onto a regular grid.
  case resample
}

/// How a DICOM series becomes a volume.
public struct DICOMLoadOptions: Sendable {
  /// How many threads share the work; the result does not depend on it.
  public var threads: Int
  /// Axis codes of the volume; `nil` for the series' own.
  public var orientation: Orientation?
  /// A larger volume is refused before it is allocated.
  public var maxVoxels: Int
  public var tilt: TiltPolicy
  public var irregular: IrregularPolicy

  /// Makes options.
  public init(
    threads: Int = 1, orientation: Orientation? = nil, maxVoxels: Int = 1 << 31, tilt: TiltPolicy = .correct,
    irregular: IrregularPolicy = .error
  ) {
    (self.threads, self.orientation, self.maxVoxels) = (threads, orientation, maxVoxels)
    (self.tilt, self.irregular) = (tilt, irregular)
  }
}
