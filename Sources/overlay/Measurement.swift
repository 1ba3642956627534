import Foundation
import VoxCommand
import VoxFormats
import VoxGrid
import VoxSegments

/// The statistics of an image in the segments of a label map, both from files.
struct Measurement {
  /// Any image file; `-` is standard input.
  let image: String
  /// A label map, or a directory of masks.
  let labels: String
  /// How the table is written where the output's name does not say it.
  let format: any TableFormat
  /// Whether a file of the output's name is replaced; else it is kept and an error.
  let replaces: Bool
  let threads: Int

  /// Measures, and writes the table to a file or, for `-`, to standard output.
  ///
  /// - Throws: ``FormatError``, ``SegmentError``; `CommandError` with status 73 for a file that exists.
  func write(to output: String, _ diagnostics: Diagnostics) throws {
    if !replaces, output != "-",
      (try? FileManager.default.attributesOfItem(atPath: output)[.type] as? FileAttributeType) == .typeRegular
    {
      throw CommandError(
        .cannotCreate, "\(output): exists already and is kept; choose another name, or replace it with --force")
    }
    let scan = try FormatRegistry.read(ByteSource.open(image))
    scan.warnings.forEach(diagnostics.warning)
    let image = scan.volume.float
    var isDirectory: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: labels, isDirectory: &isDirectory)
    let table = isDirectory.boolValue ? try masks(image) : try segments(of: image, in: labels).csv
    let ending = output.split(separator: ".").last.map(String.init) ?? ""
    let text = (TableFormats.named(ending) ?? format).text(of: table)
    let sink = output == "-" ? try ByteSink(descriptor: 1, name: "standard output") : try ByteSink(path: output)
    try sink.write(Array(text.utf8))
    try sink.finish()
  }

  private func segments(of image: Volume<Float>, in path: String) throws -> SegmentStatistics {
    let file = path == "-" ? try FormatRegistry.read(ByteSource.open(path)) : try FormatRegistry.read(path: path)
    guard let map = file.volume.labels else {
      throw FormatError(
        .malformed, "expected integers in a label map, found other values; resample labels with nearest neighbours",
        at: .file(path))
    }
    return try measured(image, map, file.labels ?? LabelTable(), path)
  }

  /// One row per mask, which may overlap; numbered in the order of their names.
  private func masks(_ image: Volume<Float>) throws -> CSVTable {
    let names = try FileManager.default.contentsOfDirectory(atPath: labels).sorted().filter { name in
      !name.hasPrefix(".") && FormatRegistry.isImage(named: name)
    }
    guard !names.isEmpty else {
      throw FormatError(.unreadable, "expected image files of masks, found none", at: .file(labels))
    }
    var table: CSVTable?
    for (index, name) in names.enumerated() {
      let path = "\(labels)/\(name)"
      let label = Label(value: index + 1, name: String(name.prefix { $0 != "." }))
      let mask = try FormatRegistry.read(path: path).volume.float.map { Int32($0 > 0 ? index + 1 : 0) }
      let rows = try measured(image, mask, LabelTable([label]), path).csv
      if table == nil { table = CSVTable(columns: rows.columns, texts: rows.texts) }
      for row in rows.rows { table?.append(row) }
    }
    return table ?? CSVTable(columns: [])
  }

  private func measured(
    _ image: Volume<Float>, _ labels: LabelMap, _ table: LabelTable, _ path: String
  ) throws -> SegmentStatistics {
    // The same voxels in another order are brought into the image's.
    let isAligned = labels.grid.isClose(to: image.grid)
    let labels = isAligned ? labels : labels.reoriented(to: image.grid.orientation, threads: threads)
    do throws(SegmentError) {
      return try SegmentStatistics(image: image, labels: labels, table: table, threads: threads)
    } catch {
      throw error.inside(.file(path))
    }
  }
}
