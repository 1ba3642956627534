import VoxCommand
import VoxFormats
import VoxGrid

/// Everything between the scan as it is read and the volume that is written, with all defaults resolved.
struct ConversionPlan {
  /// Where the output's grid comes from.
  private enum Target {
    /// Axis codes (`nil`: the scan's own), then a spacing (`nil`: the scan's own).
    case steps(Orientation?, SIMD3<Double>?)
    /// The grid a network sees the scan on.
    case card(ModelCard)
    /// The grid of an image.
    case reference(Grid)
  }

  private let target: Target
  private let interpolation: Interpolation?
  private let window: ValueRange?
  private let scale: ValueRange?
  private let type: OutputType
  private let threads: Int

  /// Reads the model card or the reference image.
  ///
  /// - Parameter isDerived: whether a reference stands for a patient, not for a grid.
  init(grid: GridOptions, values: ValueOptions, isDerived: Bool, _ options: ReadOptions) throws {
    if let network = grid.network {
      target = .card(try ModelCard.required(model: network))
    } else if let path = grid.reference, !isDerived {
      target = .reference(try Self.grid(of: path, options))
    } else {
      target = .steps(grid.orient.map(\.orientation) ?? .ras, grid.spacing?.millimetres)
    }
    (interpolation, window, scale) = (grid.interpolation, values.window, values.scale)
    (type, threads) = (values.type, options.threads)
  }

  /// Orients, resamples, windows, scales and converts a scan, in this order.
  ///
  /// - Throws: ``FormatError`` when a value does not fit the type; ``CommandError`` when the grid is impossible.
  func convert(_ scan: ScanImage, _ diagnostics: Diagnostics) throws -> AnyVolume {
    let method = interpolation ?? (scan.labels == nil ? .linear : .nearest)
    if interpolation == .linear, scan.labels != nil {
      diagnostics.warning("linear interpolation of a label map makes labels that are not there; use nearest")
    }
    var volume = try placed(scan.volume, method, diagnostics)
    if let window { volume = volume.clipped(to: window.low...window.high) }
    if let window, let scale {
      let slope = (scale.high - scale.low) / (window.high - window.low)
      volume = .float32(volume.float.map { Float((Double($0) - window.low) * slope + scale.low) })
    }
    guard case .fixed(let type) = type else { return volume }
    return try volume.converted(to: type)
  }

  private func placed(
    _ volume: AnyVolume, _ method: Interpolation, _ diagnostics: Diagnostics
  ) throws -> AnyVolume {
    switch target {
    case .card(let card):
      let (oriented, grid) = (volume.reoriented(to: card.orientation), try card.grid(for: volume.grid))
      return try grid == oriented.grid ? oriented : resampled(oriented, onto: grid, method, diagnostics)
    case .reference(let grid):
      if grid.isClose(to: volume.grid, tolerance: 1e-6) { return volume }
      return try resampled(volume, onto: grid, method, diagnostics)
    case .steps(let orientation, let spacing):
      let oriented = orientation.map { volume.reoriented(to: $0) } ?? volume
      guard let spacing, (oriented.grid.spacing - spacing).length > 1e-4 else { return oriented }
      return try resampled(oriented, onto: Self.grid(oriented.grid, spacing: spacing), method, diagnostics)
    }
  }

  /// The grid of an image or a DICOM series; no voxel is read.
  private static func grid(of path: String, _ options: ReadOptions) throws -> Grid {
    switch try ScanList([path], options).chosen(by: nil) {
    case .series(let series):
      if let grid = series.grid { return grid }
      throw series.problems.first?.error ?? CommandError(.malformed, "\(path): expected images, found none")
    case .image(let operand): return try operand.open(options).header.grid
    }
  }

  /// The grid over the same field of view.
  private static func grid(_ grid: Grid, spacing: SIMD3<Double>) throws -> Grid {
    let voxels = SIMD3<Double>(grid.dimensions) * grid.spacing / spacing
    guard voxels.max() < 65_536, voxels.x * voxels.y * voxels.z < 0x1p38 else {
      throw CommandError(
        .usage,
        "--spacing \(spacing.x),\(spacing.y),\(spacing.z) would give "
          + "\(voxels.x.rounded()) x \(voxels.y.rounded()) x \(voxels.z.rounded()) voxels; choose a larger one")
    }
    return grid.respaced(to: spacing)
  }

  private func resampled(
    _ volume: AnyVolume, onto grid: Grid, _ method: Interpolation, _ diagnostics: Diagnostics
  ) throws -> AnyVolume {
    try MachineMemory.require(MemoryLayout<Float>.stride * grid.count, for: "resampling the scan to \(grid)")
    diagnostics.detail("resample from \(volume.grid) to \(grid), \(method.rawValue)")
    switch method {
    case .linear:
      let source = volume.float
      return .float32(
        try source.resampled(onto: grid, fill: source.minimum, threads: threads))
    case .nearest:
      return try volume.resampledNearest(onto: grid, threads: threads)
    }
  }
}
