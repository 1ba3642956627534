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
  private let size: SIMD3<Int>?
  private let tilt: TiltPolicy
  private let interpolation: Interpolation?
  private let window: ValueRange?
  private let scale: ValueRange?
  private let type: OutputType
  private let threads: Int

  /// Reads the model card or the reference image's header.
  ///
  /// - Parameter isDerived: whether a reference stands for a patient, not for a grid.
  init(
    _ options: GridOptions, _ values: ValueOptions, _ tilt: TiltPolicy, isDerived: Bool, _ reading: ReadOptions
  ) throws {
    if let network = options.network {
      target = .card(try ModelCard.required(model: network))
    } else if let path = options.reference, !isDerived {
      let grid = try ScanList([path], reading).chosen(by: nil).grid(reading, tilt: tilt)
      guard grid.isOrthogonal else {
        throw CommandError(.malformed, "\(path): expected perpendicular axes of a reference grid, found a sheared one")
      }
      target = .reference(grid)
    } else {
      target = .steps(options.orient.map(\.orientation) ?? .ras, options.spacing?.millimetres)
    }
    (size, self.tilt, interpolation) = (options.size?.voxels, tilt, options.interpolation)
    (window, scale, type, threads) = (values.window, values.scale, values.type, reading.threads)
  }

  /// The orientation a series is best decoded into; `nil`: its own.
  var orientation: Orientation? {
    switch target {
    case .steps(let orientation, _): orientation
    case .card(let card): card.orientation
    case .reference: nil
    }
  }

  /// Straightens, orients, resamples, crops, windows, scales and converts a scan, in this order.
  ///
  /// - Throws: ``FormatError`` when a value does not fit the type; ``CommandError`` when the grid is impossible.
  func convert(_ scan: inout ScanImage, _ diagnostics: Diagnostics) throws {
    if scan.volume.isColor, window != nil {
      throw CommandError(.unsupported, "--window is for numbers, the voxels are colours; choose --type uint8 first")
    }
    let method = interpolation(of: scan, diagnostics)
    // Taken out, so that steps which keep the grid's size can work in place.
    var volume = scan.takeVolume()
    if !volume.grid.isOrthogonal { volume = try straightened(volume, method, diagnostics) }
    volume = try placed(volume, method, diagnostics)
    if let size { volume = volume.resized(to: size) }
    if let window { volume = volume.clipped(to: window.low...window.high) }
    if let window, let scale {
      let slope = (scale.high - scale.low) / (window.high - window.low)
      volume = .float32(volume.float.map { Float((Double($0) - window.low) * slope + scale.low) })
    }
    if case .fixed(let type) = type { volume = try volume.converted(to: type) }
    scan.volume = volume
  }

  /// Label maps are never interpolated.
  private func interpolation(of scan: ScanImage, _ diagnostics: Diagnostics) -> Interpolation {
    guard scan.labels != nil else { return interpolation ?? .linear }
    if let interpolation, interpolation != .nearest {
      diagnostics.warning("labels are not interpolated: nearest neighbours are taken, not \(interpolation.rawValue)")
    }
    return .nearest
  }

  private func straightened(
    _ volume: consuming AnyVolume, _ method: Interpolation, _ diagnostics: Diagnostics
  ) throws -> AnyVolume {
    let grid = volume.grid
    guard tilt == .correct else {
      throw FormatError(
        .unsupported, "the axes are not perpendicular: \(grid.shearDisplacement) mm off; use --tilt correct to resample")
    }
    let straight = try grid.orthogonalized
    let result = try resampled(volume, onto: straight, method, antialias: false, diagnostics)
    diagnostics.warning("the axes are not perpendicular: the volume was resampled onto a rectangular grid")
    return result
  }

  private func placed(
    _ volume: consuming AnyVolume, _ method: Interpolation, _ diagnostics: Diagnostics
  ) throws -> AnyVolume {
    switch target {
    case .card(let card):
      let grid = try card.grid(for: volume.grid)
      let oriented = volume.reoriented(to: card.orientation, threads: threads)
      // As networks are trained: without a low-pass.
      return try grid == oriented.grid
        ? oriented : resampled(oriented, onto: grid, method, antialias: false, diagnostics)
    case .reference(let grid):
      if grid.isClose(to: volume.grid, tolerance: 1e-6) { return volume }
      return try resampled(volume, onto: grid, method, antialias: true, diagnostics)
    case .steps(let orientation, let spacing):
      let oriented = if let orientation { volume.reoriented(to: orientation, threads: threads) } else { volume }
      guard let spacing, (oriented.grid.spacing - spacing).length > 1e-4 else { return oriented }
      let grid = try Self.grid(oriented.grid, spacing: spacing)
      return try resampled(oriented, onto: grid, method, antialias: true, diagnostics)
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
    _ volume: consuming AnyVolume, onto grid: Grid, _ method: Interpolation, antialias: Bool,
    _ diagnostics: Diagnostics
  ) throws -> AnyVolume {
    try MachineMemory.require(MemoryLayout<Float>.stride * grid.count, for: "resampling the scan to \(grid)")
    let from = volume.grid
    diagnostics.detail("resample from \(from) to \(grid), \(method.rawValue)")
    return try volume.resampled(onto: grid, interpolation: method, antialias: antialias, threads: threads)
  }
}

extension ScanImage {
  /// The volume, of which nothing is left behind.
  fileprivate mutating func takeVolume() -> AnyVolume {
    let taken = volume
    volume = .uint8(Volume(grid: Grid(dimensions: [1, 1, 1], affine: .identity), voxels: [0]))
    return taken
  }
}
