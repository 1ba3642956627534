import VoxGrid

extension DICOMSeries {
  /// Decodes every slice into one volume in units: HU for CT.
  ///
  /// Unsigned stored values of 8 or 16 bits keep their type where slope is 1 and intercept 0. Other voxels are `Int16`
  /// where slopes and intercepts are integers and every value fits, else `Int32`; `Float` where one is not an integer.
  /// Padding values stay as they are.
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
        .unsupported, "expected at most \(options.maxVoxels) voxels, found \(grid.count); --max-voxels allows more",
        at: .file(slices.first?.path ?? ""))
    }
    let (needed, overflow) = grid.count.multipliedReportingOverflow(by: placement.rectification == nil ? 2 : 8)
    try MachineMemory.require(overflow ? .max : needed, for: "a volume of \(grid)")
    var image = ScanImage(volume: try volume(placement, options))
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

  private func volume(_ placement: Placement, _ options: DICOMLoadOptions) throws(FormatError) -> AnyVolume {
    guard let rectification = placement.rectification else {
      let target = options.orientation ?? placement.grid.orientation
      return try volume(on: AxisMapping(from: placement.grid, to: target), options.threads)
    }
    // The grid of the slices as they were decoded is not used: they have none.
    var stack = placement.grid
    stack.dimensions = rectification.slices
    let decoded = try volume(on: AxisMapping(from: stack, to: stack.orientation), options.threads).float
    let upright = AnyVolume.float32(
      rectification.resampled(decoded.voxels, fill: decoded.minimum, threads: options.threads))
    return options.orientation.map { upright.reoriented(to: $0) } ?? upright
  }

  /// Decodes into the smallest of the types that hold every value without rounding; `Float` where none does.
  private func volume(on mapping: AxisMapping, _ threads: Int) throws(FormatError) -> AnyVolume {
    func voxels<Voxel: RescaledVoxel>(_ type: Voxel.Type) throws(FormatError) -> Volume<Voxel>? {
      guard let voxels = try SliceDecoding<Voxel>(slices, mapping).voxels(threads: threads) else { return nil }
      return Volume(grid: mapping.output, voxels: voxels)
    }
    if slices.allSatisfy(\.rescale.isIntegral) {
      if slices.allSatisfy({ $0.rescale.isIdentity && !$0.pixels.isSigned }) {
        let bits = slices.reduce(0) { max($0, $1.pixels.bitsAllocated == 8 ? 8 : max(9, $1.pixels.bitsStored)) }
        if bits == 8, let volume = try voxels(UInt8.self) { return .uint8(volume) }
        if bits == 16, let volume = try voxels(UInt16.self) { return .uint16(volume) }
        if bits == 32, let volume = try voxels(UInt32.self) { return .uint32(volume) }
      }
      if let volume = try voxels(Int16.self) { return .int16(volume) }
      if let volume = try voxels(Int32.self) { return .int32(volume) }
    }
    guard let volume = try voxels(Float.self) else { throw FormatError(.malformed, "expected images, found none") }
    return .float32(volume)
  }
}
