import VoxCommand
import VoxFormats
import VoxGrid
import VoxStream

/// The scan of a stream on a model's grid, and what its header says of it.
struct ScanInput {
  /// In the scan's units.
  let image: Volume<Float>
  /// What the stream says of the image.
  let channel: StreamHeader.Channel
  /// The header the scan came with.
  let header: StreamHeader
  /// What was done to it.
  let notes: [String]

  /// Reads the first image of a stream and brings it onto the grid of a model's card.
  ///
  /// - Parameters:
  ///   - operand: a path, or `-` for standard input.
  ///   - strict: whether a scan on another grid is an error.
  ///   - threads: how many threads share the resampling.
  /// - Throws: `CommandError` with status 65 for a stream without an image, with voxels that are not finite, or on another grid
  ///   where `strict` is set.
  init(_ operand: String, card: ModelCard, strict: Bool, threads: Int, _ diagnostics: Diagnostics) throws {
    let source = try ByteSource.open(operand)
    let reader = try StreamReader(source)
    for warning in reader.warnings { diagnostics.warning(warning) }
    header = reader.header
    guard let position = header.channels.firstIndex(where: { $0.role == .image }) else {
      throw CommandError(.malformed, "\(source.name): expected an image among the channels, found none")
    }
    for _ in 0..<position { try reader.skip() }
    guard let read = try reader.next() else {
      throw CommandError(.malformed, "\(source.name): expected an image, found the end")
    }
    channel = read.description

    let (scan, grid) = (read.volume.float, try card.grid(for: reader.grid))
    try Self.requireNumbers(scan, of: source.name)
    guard grid != scan.grid else {
      (image, notes) = (scan, [])
      return
    }
    guard !strict else {
      throw CommandError(
        .malformed,
        "\(source.name): expected the model's grid (\(card.gridDescription)), found \(scan.grid); "
          + "bring it there with ctx2nii --for NET.onnx, or leave out --strict")
    }
    try MachineMemory.require(8 * grid.count, for: "resampling the scan to \(grid)")
    image = try scan.moved(to: grid, threads: threads)
    notes = ["scan of \(scan.grid) moved to the model's grid: \(grid)"]
  }

  /// Refuses a scan with infinities or not-a-numbers: clips would hide them, and resampling would spread them.
  ///
  /// - Throws: `CommandError` with status 65.
  private static func requireNumbers(_ scan: Volume<Float>, of name: String) throws(CommandError) {
    guard let offset = scan.voxels.firstIndex(where: { !$0.isFinite }) else { return }
    let index = scan.grid.index(offset)
    throw CommandError(
      .malformed,
      "\(name): expected a finite number in every voxel, found \(scan.voxels[offset]) in voxel "
        + "(\(index.x), \(index.y), \(index.z)), counted from 0; "
        + "replace such voxels by the value of air or of the scan's background")
  }
}
