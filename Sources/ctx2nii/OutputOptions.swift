public import ArgumentParser
public import VoxFormats

/// What is written beside the voxels.
struct OutputOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Write what the scanner did as a BIDS sidecar, without patient data.", valueName: "file.json"))
  var sidecar: String?

  @Option(
    name: .customLong("dicom-header"),
    help: "Of a DICOM series keep the UIDs of study, series and frame of reference, or none. Default: uids.")
  var dicomHeader = DICOMHeader.uids

  @Option(
    help: ArgumentHelp(
      "Write a derived DICOM series into this directory; --reference then names the scan whose patient, study and frame "
        + "of reference it takes.", valueName: "dir"))
  var dicom: String?

  @Option(help: "With --dicom: the modality of the series. Default: the scan's or the reference's.")
  var modality: DerivedSeries.Modality?

  func validate() throws {
    if modality != nil && dicom == nil { throw ValidationError("--modality belongs to --dicom") }
    if dicom == "" { throw ValidationError("--dicom expects a directory, got an empty name") }
  }
}

/// What an output says of the DICOM series it was made from.
enum DICOMHeader: String, ExpressibleByArgument, CaseIterable {
  case uids, none
}

extension DerivedSeries.Modality: ExpressibleByArgument {
  public init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}
