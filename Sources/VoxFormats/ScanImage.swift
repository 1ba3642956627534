public import VoxGrid

/// What reading a scan gives: voxels in the type they were stored in, and what the file says of them.
public struct ScanImage: Sendable {
  /// The voxels, rescaled to their units.
  public var volume: AnyVolume
  /// `HU` for CT; `nil` where unknown.
  public var units: String?
  /// DICOM modality, such as `CT`.
  public var modality: String?
  /// Empty strings in the source are `nil` here.
  public var studyInstanceUID: String?
  public var seriesInstanceUID: String?
  public var frameOfReferenceUID: String?
  /// What tells the volume from others of its series; `nil` where it is one.
  public var part: String?
  /// Names of label values, where the file carries them; empty where it only says that values are labels.
  public var labels: LabelTable?
  /// Blocks of a NIfTI file's header beyond its fields.
  public var extensions: [NIfTIExtension] = []
  /// What a user should know, such as that two affines in the file disagree.
  public var warnings: [String] = []

  /// Makes an image of which nothing but the voxels is known.
  public init(volume: AnyVolume) { self.volume = volume }
}
