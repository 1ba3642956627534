import VoxFormats
import VoxGrid

/// `labels`: the segmentation with its names and colours, for any viewer, ITK-SNAP and 3D Slicer.
struct LabelsProduct: Product {
  let name = "labels"
  let summary = """
    labels.nii.gz, labels.itksnap.txt (ITK-SNAP), labels.ctbl, labels.labels.csv and labels.seg.nrrd (3D Slicer)
    """
  let needs: Set<Ingredient> = [.labels]
  let file: String? = "labels.nii.gz"

  func begin(_ results: CaseResults, in directory: AtomicDirectory) throws -> any ProductWriter {
    guard let labels = results.labels else { return NothingMore() }
    let values = Set(labels.extents.keys)
    let volume = try AnyVolume.int32(labels).converted(to: Self.type(for: values))
    var header = NIfTIHeader(grid: labels.grid, type: volume.type)
    header.intent = NIfTIHeader.labelIntent
    try directory.write(volume, header, as: "labels.nii.gz", threads: results.threads)
    let table = Self.completed(results.table, by: values)
    try directory.write(ITKSnapLabels.text(table), as: "labels.itksnap.txt")
    try directory.write(SlicerColorTable.text(table), as: "labels.ctbl")
    try directory.write(SlicerLabels.text(table), as: "labels.labels.csv")
    try SegmentationNRRD.write(
      labels, table: results.table, path: directory.file("labels.seg.nrrd"), threads: results.threads)
    return NothingMore()
  }

  /// The smallest integer type that every viewer reads.
  private static func type(for values: Set<Int32>) -> VoxelType {
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    if low >= 0, high <= 255 { return .uint8 }
    return low >= Int16.min && high <= Int16.max ? .int16 : .int32
  }

  /// The table with an entry for every label that occurs.
  private static func completed(_ table: LabelTable, by values: Set<Int32>) -> LabelTable {
    LabelTable(table.labels + values.filter { $0 > 0 }.map { Label(value: Int($0), name: table.name(Int($0))) })
  }
}
