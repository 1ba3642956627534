/// What a volume that becomes a DICOM series is to be called, and what its values mean.
public struct DerivedSeries: Sendable {
  /// The kinds of images that can be written.
  public enum Modality: String, Sendable, CaseIterable {
    case ct = "CT"
    case mr = "MR"
  }

  /// Which values a viewer shows between black and white, in the volume's units.
  public struct Window: Sendable, Hashable {
    public var center: Double
    /// Positive.
    public var width: Double

    /// Makes a window.
    public init(center: Double, width: Double) { (self.center, self.width) = (center, width) }
  }

  /// Modality (0008,0060), and CT or MR Image Storage.
  public var modality: Modality
  /// Series Description (0008,103E): what a viewer lists; 64 characters are kept.
  public var seriesDescription = "Voxplain"
  /// Series Number (0020,0011).
  public var seriesNumber = 9000
  /// How the volume came about, for Derivation Description (0008,2111).
  public var derivation = "Converted from one volume."
  /// `nil`: from the value that 1 % of the voxels do not exceed to the one that 1 % are not below.
  public var window: Window?
  /// Rescale Type (0028,1054); `nil`: `HU` for CT, unspecified for MR.
  public var units: String?
  /// Whether the values come from the images of the reference series, perhaps on another grid: these are then named as
  /// the source, and how they were acquired is said of the new ones too.
  public var isMadeFromReference = false

  /// Describes a series.
  public init(_ modality: Modality) { self.modality = modality }

  /// Describes a volume made of a scan.
  ///
  /// The modality is the scan's or else the reference's; `nil` where neither says CT or MR.
  public init?(of scan: ScanImage, reference: DICOMSeries?) {
    let names = [scan.modality, scan.units == "HU" ? "CT" : nil, reference?.modality].compactMap { $0 }
    guard let modality = names.lazy.compactMap(Modality.init).first else { return nil }
    self.init(modality)
    units = scan.units
    isMadeFromReference =
      scan.seriesInstanceUID != nil && scan.seriesInstanceUID == reference?.seriesInstanceUID
      && scan.part == reference?.part
  }
}
