import VoxCommand
import VoxFormats
import VoxGrid
import VoxStream

extension Ctx2nii {
  /// What the output says of itself: what the input's stream said, where it was one, and this command's record.
  func header(of scan: ScanImage) throws -> StreamHeader {
    let units = values.scale == nil ? scan.units : nil
    let inherited = try StreamHeader.find(in: scan.extensions)
    var header = StreamHeader(channels: [
      scan.labels == nil
        ? .init(name: "image", role: .image, units: units) : .init(name: "labels", role: .labels)
    ])
    header.labels = scan.labels ?? LabelTable()
    header.provenance = inherited?.provenance ?? []
    if output.dicomHeader == .uids {
      var source = StreamHeader.Source(modality: scan.modality)
      source.studyInstanceUID = scan.studyInstanceUID
      source.seriesInstanceUID = scan.seriesInstanceUID
      source.frameOfReferenceUID = scan.frameOfReferenceUID
      source.part = scan.part
      header.source = source == StreamHeader.Source() ? inherited?.source : source
    }
    header.record("ctx2nii", record, common: common)
    return header
  }

  private var record: OptionRecord {
    var record = OptionRecord()
    record.add("--series", selection.series)
    record.add("--volume", selection.volume)
    record.add("--tilt", stack.tilt == .correct ? nil : stack.tilt.rawValue)
    record.add("--irregular", stack.irregular == .error ? nil : stack.irregular.rawValue)
    record.add("--for", network: grid.network)
    record.add("--orient", grid.orient)
    record.add("--spacing", grid.spacing)
    record.add("--reference", scan: grid.reference)
    record.add("--size", grid.size)
    record.add("--interpolation", grid.interpolation?.rawValue)
    record.add("--window", values.window)
    record.add("--scale", values.scale)
    record.add("--type", values.type == .auto ? nil : values.type.description)
    return record
  }
}
