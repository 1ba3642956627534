import ArgumentParser

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
      "Write a derived DICOM series into this directory, with --reference as its patient and study.", valueName: "dir"))
  var dicom: String?

  @Option(help: "With --dicom: the modality of the series. Default: the scan's or the reference's.")
  var modality: DerivedModality?

  func validate() throws {
    if modality != nil && dicom == nil { throw ValidationError("--modality belongs to --dicom") }
    if dicom == "" { throw ValidationError("--dicom expects a directory, got an empty name") }
  }
}

/// What an output says of the DICOM series it was made from.
enum DICOMHeader: String, ExpressibleByArgument, CaseIterable {
  case uids, none
}

/// The kinds of image storage a derived series can have.
enum DerivedModality: String, ExpressibleByArgument, CaseIterable {
  case ct = "CT"
  case mr = "MR"

  init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}
