import VoxCommand
import VoxFormats
import VoxGrid
import VoxStream

/// The images of a scan on a model's grid, and what their streams say of them.
struct ScanInput {
  /// The stream's image, in its own units; results lie on its grid.
  let image: Volume<Float>
  /// The images of further channels on the same grid, in their own units.
  let further: [Volume<Float>]
  /// What the stream says of the image.
  let channel: StreamHeader.Channel
  /// The header the image came with.
  let header: StreamHeader
  /// What was done to the images.
  let notes: [String]

  /// Reads the first image of each stream and brings it onto the grid of a model's card.
  ///
  /// - Parameters:
  ///   - operand: a path, or `-` for standard input.
  ///   - further: paths of further images, which are brought onto the grid of the first.
  ///   - strict: whether an image on another grid is an error.
  ///   - threads: how many threads share the resampling.
  /// - Throws: `CommandError` with status 65 for a stream without an image, with voxels that are not finite, for a further
  ///   image elsewhere in space, or an image on another grid where `strict` is set.
  init(
    _ operand: String, further: [String], card: ModelCard, strict: Bool, threads: Int, _ diagnostics: Diagnostics
  ) throws {
    let first = try StreamImage(operand, isOneOfSeveral: !further.isEmpty, diagnostics)
    (header, channel) = (first.header, first.channel)
    let (place, grid) = (first.place, try card.grid(for: first.volume.grid))
    var notes: [String] = []
    if place.grid != grid {
      guard !strict else {
        throw CommandError(
          .malformed,
          "\(place.name): expected the model's grid (\(card.gridDescription)), found \(place.grid); "
            + "bring it there with ctx2nii --for NET.onnx, or leave out --strict")
      }
      notes.append("scan of \(place.grid) moved to the model's grid: \(grid)")
    }
    image = try first.moved(to: grid, threads: threads)
    self.further = try further.map { path in
      let next = try StreamImage(path, isOneOfSeveral: true, diagnostics)
      try next.place.expectSame(as: place, diagnostics)
      // Headers that differ by rounding alone mean the same voxels.
      if next.volume.grid.isClose(to: grid) { return Volume(grid: grid, voxels: next.volume.voxels) }
      guard !strict else {
        throw CommandError(
          .malformed, "\(path): expected the grid of \(place.name), \(grid), found \(next.volume.grid)")
      }
      notes.append("further image of \(next.volume.grid) moved to the grid of the first")
      return try next.moved(to: grid, threads: threads)
    }
    self.notes = notes
  }
}

/// The first image of a stream.
private struct StreamImage {
  /// What messages call the stream.
  let name: String
  let header: StreamHeader
  let channel: StreamHeader.Channel
  let volume: Volume<Float>

  /// Reads it.
  ///
  /// - Parameter isOneOfSeveral: whether there are more images: then a plain file of several volumes, which may be meant as
  ///   all of them, is refused.
  init(_ operand: String, isOneOfSeveral: Bool, _ diagnostics: Diagnostics) throws {
    let source = try ByteSource.open(operand)
    name = source.name
    let reader = try StreamReader(source)
    for warning in reader.warnings { diagnostics.warning(warning) }
    header = reader.header
    guard !isOneOfSeveral || !reader.isPlain || header.channels.count == 1 else {
      throw CommandError(
        .malformed,
        "\(name): expected one image, found a file of \(header.channels.count) volumes; take one out with "
          + "ctx2nii --volume N")
    }
    guard let position = header.channels.firstIndex(where: { $0.role == .image }) else {
      throw CommandError(.malformed, "\(name): expected an image among the channels, found none")
    }
    for _ in 0..<position { try reader.skip() }
    guard let read = try reader.next() else {
      throw CommandError(.malformed, "\(name): expected an image, found the end")
    }
    (channel, volume) = (read.description, read.volume.float)
    try requireNumbers()
  }

  /// The image on another grid; see ``Volume/moved(to:threads:)``.
  func moved(to grid: Grid, threads: Int) throws -> Volume<Float> {
    if volume.grid == grid { return volume }
    try MachineMemory.require(8 * grid.count, for: "resampling \(name) to \(grid)")
    return try volume.moved(to: grid, threads: threads)
  }

  var place: Place {
    Place(name: name, grid: volume.grid, frameOfReference: header.source?.frameOfReferenceUID)
  }

  /// Refuses infinities and not-a-numbers: clips would hide them, and resampling would spread them.
  ///
  /// - Throws: `CommandError` with status 65.
  private func requireNumbers() throws(CommandError) {
    guard let offset = volume.voxels.firstIndex(where: { !$0.isFinite }) else { return }
    let index = volume.grid.index(offset)
    throw CommandError(
      .malformed,
      "\(name): expected a finite number in every voxel, found \(volume.voxels[offset]) in voxel "
        + "(\(index.x), \(index.y), \(index.z)), counted from 0; "
        + "replace such voxels by the value of air or of the scan's background")
  }
}

/// Where an image lies.
private struct Place {
  /// What messages call the image.
  let name: String
  let grid: Grid
  /// DICOM's identifier of the space it lies in.
  let frameOfReference: String?

  /// Refuses an image that has no space in common with another; warns of one in another frame of reference.
  ///
  /// - Throws: `CommandError` with status 65.
  func expectSame(as first: Place, _ diagnostics: Diagnostics) throws(CommandError) {
    guard grid.overlaps(first.grid) else {
      throw CommandError(
        .malformed,
        "\(name): expected an image of the same place as \(first.name), found one that has no voxel in common with it; "
          + "images of one scan must be registered")
    }
    if let frameOfReference, let other = first.frameOfReference, frameOfReference != other {
      diagnostics.warning(
        "\(name) and \(first.name) have different frames of reference; that they are registered is taken on trust")
    }
  }
}
