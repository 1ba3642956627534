import Dispatch
import Synchronization
import VoxGrid

extension DICOMSeries {
  /// Decodes every slice into one volume in units: HU for CT.
  ///
  /// Voxels are `Int16` where slopes and intercepts are integers and every value fits, else `Int32`; `Float` where one
  /// is not an integer. Padding values stay as they are.
  ///
  /// - Parameter threads: how many threads share the slices; the result does not depend on it.
  /// - Throws: ``FormatError``: the first of ``problems``, whatever it is; `malformed` or `unreadable` for pixels.
  public func load(threads: Int = 1) throws(FormatError) -> ScanImage {
    try load(DICOMLoadOptions(threads: threads, tilt: .error, irregular: .error))
  }

  /// Decodes every slice into one volume in units: HU for CT.
  ///
  /// Slices that do not form a rectangular grid are resampled onto one where the options say so, which gives `Float`.
  ///
  /// - Throws: ``FormatError``: the first of ``problems`` that the options do not overcome; `malformed` or `unreadable`
  ///   for pixels.
  public func load(_ options: DICOMLoadOptions) throws(FormatError) -> ScanImage {
    let placement = try placement(options)
    let grid = placement.grid
    guard grid.count <= options.maxVoxels else {
      throw FormatError(
        .unsupported, "expected at most \(options.maxVoxels) voxels, found \(grid.count) of a volume of \(grid)")
    }
    let (needed, overflow) = grid.count.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    try MachineMemory.require(overflow ? .max : needed, for: "a volume of \(grid)")
    var image = ScanImage(volume: try volume(placement, threads: options.threads))
    image.warnings = placement.warnings + warnings
    image.modality = modality
    image.units = units
    image.studyInstanceUID = studyInstanceUID
    image.seriesInstanceUID = seriesInstanceUID
    image.frameOfReferenceUID = frameOfReferenceUID
    image.part = part
    return image
  }

  private var units: String? {
    let type = slices.first?.rescale.type
    if modality == "CT" { return type.map { $0 == "US" ? "HU" : $0 } ?? "HU" }
    return type == "US" ? nil : type
  }

  private var warnings: [String] {
    var warnings: [String] = []
    if slices.count == 1, let sliceSpacing {
      warnings.append("a single slice: its Slice Thickness of \(sliceSpacing) mm is taken as the spacing")
    }
    if slices.contains(where: { $0.pixels.photometric == "MONOCHROME1" }) {
      warnings.append("MONOCHROME1: the values are kept, although the images are meant to be shown inverted")
    }
    return warnings
  }

  private func volume(_ placement: Placement, threads: Int) throws(FormatError) -> AnyVolume {
    guard let rectification = placement.rectification else { return try volume(on: placement.grid, threads: threads) }
    // The grid of the slices as they were decoded is not used: they have none.
    var stack = placement.grid
    stack.dimensions = rectification.slices
    let decoded = try volume(on: stack, threads: threads).float
    return .float32(rectification.resampled(decoded.voxels, fill: decoded.minimum, threads: threads))
  }

  private func volume(on grid: Grid, threads: Int) throws(FormatError) -> AnyVolume {
    guard slices.allSatisfy(\.rescale.isIntegral) else {
      return .float32(Volume(grid: grid, voxels: try voxels(as: Float.self, grid.count, threads) ?? []))
    }
    if let voxels = try voxels(as: Int16.self, grid.count, threads) {
      return .int16(Volume(grid: grid, voxels: voxels))
    }
    if let voxels = try voxels(as: Int32.self, grid.count, threads) {
      return .int32(Volume(grid: grid, voxels: voxels))
    }
    return .float32(Volume(grid: grid, voxels: try voxels(as: Float.self, grid.count, threads) ?? []))
  }

  /// Every slice decoded and rescaled; `nil` where a value does not fit the type.
  private func voxels<Voxel: RescaledVoxel>(
    as type: Voxel.Type, _ count: Int, _ threads: Int
  ) throws(FormatError) -> [Voxel]? {
    let outcome = Mutex<Outcome>(.complete)
    let size = count / slices.count
    let voxels = [Voxel](unsafeUninitializedCapacity: count) { buffer, initialized in
      nonisolated(unsafe) let target = buffer
      let workers = max(1, min(threads, slices.count))
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        for k in stride(from: worker, to: slices.count, by: workers) {
          guard case .complete = outcome.withLock({ $0 }) else { return }
          let found = slices[k].decode(into: .init(rebasing: target[(k * size)..<((k + 1) * size)]))
          outcome.withLock { $0.merge(found) }
        }
      }
      if case .complete = outcome.withLock({ $0 }) { initialized = count }
    }
    switch outcome.withLock({ $0 }) {
    case .complete: return voxels
    case .overflow: return nil
    case .failed(let error): throw error
    }
  }
}

/// How decoding ended; a failure outweighs a value that does not fit.
private enum Outcome: Sendable {
  case complete
  case overflow
  case failed(FormatError)

  mutating func merge(_ other: Outcome) {
    switch (self, other) {
    case (.failed, _), (_, .complete): break
    default: self = other
    }
  }
}

extension DICOMSlice {
  /// Decodes and rescales into memory for exactly this slice's pixels, all of which are written unless it fails.
  fileprivate func decode<Voxel: RescaledVoxel>(into target: UnsafeMutableBufferPointer<Voxel>) -> Outcome {
    let pixels: DICOMPixels
    do { pixels = try DICOMPixels(self) } catch { return .failed(error) }
    var fits = true
    pixels.forEach { index, stored in
      guard let value = Voxel(rescaling: stored, rescale) else {
        fits = false
        return
      }
      target.initializeElement(at: index, to: value)
    }
    return fits ? .complete : .overflow
  }
}

extension DICOMSlice.Rescale {
  /// Whether integers stay integers, without overflow of `Int` for 32-bit stored values.
  fileprivate var isIntegral: Bool { Int32(exactly: slope) != nil && Int32(exactly: intercept) != nil }
}

/// A voxel type that rescaling can give.
private protocol RescaledVoxel: Sendable {
  /// `slope * stored + intercept`, or `nil` where it does not fit.
  init?(rescaling stored: Int, _ rescale: DICOMSlice.Rescale)
}

extension RescaledVoxel where Self: FixedWidthInteger {
  @inline(__always)
  init?(rescaling stored: Int, _ rescale: DICOMSlice.Rescale) {
    self.init(exactly: stored &* Int(rescale.slope) &+ Int(rescale.intercept))
  }
}

extension Int16: RescaledVoxel {}
extension Int32: RescaledVoxel {}
extension Float: RescaledVoxel {
  @inline(__always)
  init?(rescaling stored: Int, _ rescale: DICOMSlice.Rescale) {
    self = Float(rescale.slope * Double(stored) + rescale.intercept)
  }
}
