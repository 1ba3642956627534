public import VoxGrid

/// What a NIfTI header says.
public struct NIfTIHeader: Sendable {
  public var version: NIfTIVersion
  /// Whether header and voxels lie most significant byte first.
  public var isBigEndian: Bool
  /// Whether the voxels lie in an `.img` file of their own.
  public var isPair: Bool
  /// The spatial grid.
  public var grid: Grid
  /// Volumes along all axes from the fourth on.
  public var volumes: Int
  public var datatype: NIfTIDatatype
  /// Byte offset of the first voxel in its file.
  public var voxelOffset: Int
  /// A stored value `v` means `slope * v + inter`; `nil` where it means itself.
  public var scaling: Scaling?
  /// What the values are, such as 1002 for labels.
  public var intent: Int
  /// Name of what the values are; 15 ASCII characters are stored.
  public var intentName = ""
  /// The values viewers show from the first to the last colour (`cal_min`, `cal_max`), where a writer states them.
  public var displayRange: ClosedRange<Double>?
  /// In the order of the file.
  public var extensions: [NIfTIExtension] = []
  /// What a user should know.
  public var warnings: [String] = []

  /// A straight line from stored values to units.
  public struct Scaling: Sendable, Hashable {
    public var slope: Double
    public var inter: Double
  }

  /// `NIFTI_INTENT_LABEL`: the values are labels.
  public static let labelIntent = 1002

  /// The label table in the extensions, where there is one.
  public var labels: LabelTable? { CaretLabels.find(in: extensions) }

  /// Bytes of all voxels as they are stored.
  public var storedSize: Int { grid.count * volumes * (datatype.bits / 8) }

  /// Makes the header of a file to be written.
  public init(grid: Grid, volumes: Int = 1, type: VoxelType, extensions: [NIfTIExtension] = []) {
    let largest = max(grid.dimensions.max(), volumes)
    version = largest > Int(Int16.max) ? .two : .one
    (isBigEndian, isPair, scaling, intent) = (false, false, nil, 0)
    (self.grid, self.volumes, self.extensions) = (grid, volumes, extensions)
    datatype = NIfTIDatatype(type)
    voxelOffset = version.headerSize + 4
    voxelOffset += extensions.reduce(0) { $0 + $1.encoded.count }
    // NIfTI-2 puts its header at 544 bytes: both starts are multiples of 16.
  }

  /// Whether bytes begin like a header of either version and byte order.
  public static func recognizes(_ prefix: [UInt8]) -> Bool { (try? kind(of: prefix)) != nil }

  /// Reads a header and its extensions; the source then stands at the end of both.
  ///
  /// - Throws: ``FormatError`` with code `malformed` or `unsupported` that names the byte offset.
  public init(from source: ByteSource) throws(FormatError) {
    let (version, isBigEndian) = try Self.kind(of: source.peek(4))
    let header = NIfTIHeaderBytes(
      try source.bytes(version.headerSize, of: "the NIfTI header"), version: version, isBigEndian: isBigEndian)
    (self.version, self.isBigEndian) = (version, isBigEndian)
    let fault = Faults(version)

    switch Array(header.raw(.magic).prefix(3)) {
    case Array(version.singleFileMagic.prefix(3)): isPair = false
    case Array(version.pairMagic.prefix(3)): isPair = true
    default:
      throw fault.malformed(
        .magic,
        "expected \(version == .one ? "\"n+1\" or \"ni1\"" : "\"n+2\" or \"ni2\""), "
          + "found \(header.raw(.magic).map(Int.init)); an Analyze 7.5 file must be converted to NIfTI first")
    }

    let extents = try Self.extents(header)
    (grid, volumes) = (Grid(dimensions: SIMD3(extents[0], extents[1], extents[2]), affine: .identity), 1)
    for extent in extents[3...] {
      let product = volumes.multipliedReportingOverflow(by: extent)
      guard !product.overflow else {
        throw fault.malformed(.dim, "the dimensions \(extents) give more volumes than a file can hold")
      }
      volumes = product.partialValue
    }
    guard let datatype = NIfTIDatatype(rawValue: header.integer(.datatype)) else {
      throw fault.malformed(.datatype, "unknown datatype \(header.integer(.datatype))")
    }
    guard datatype.stored != nil else {
      throw fault.unsupported(
        .datatype, "voxels of type \(datatype) cannot be read; convert them to real numbers first")
    }
    self.datatype = datatype
    if header.integer(.bitpix) != datatype.bits {
      warnings.append("bitpix is \(header.integer(.bitpix)), \(datatype) has \(datatype.bits); bitpix is ignored")
    }
    let stored = grid.count.multipliedReportingOverflow(by: volumes)
    guard !stored.overflow, !stored.partialValue.multipliedReportingOverflow(by: datatype.bits / 8).overflow else {
      throw fault.malformed(.dim, "the dimensions \(extents) give more voxels than a file can hold")
    }

    let geometry = try NIfTIGeometry(header, dimensions: grid.dimensions)
    grid.affine = geometry.affine
    warnings += geometry.warnings
    scaling = try Self.scaling(header, fault)
    intent = header.integer(.intentCode)
    intentName = String(decoding: header.raw(.intentName).prefix { $0 != 0 }, as: UTF8.self)
    let (low, high) = (header.number(.displayMinimum), header.number(.displayMaximum))
    if low < high { displayRange = low...high }

    voxelOffset = header.integer(.voxOffset)
    if voxelOffset == 0, !isPair { voxelOffset = version.headerSize + 4 }
    guard voxelOffset >= (isPair ? 0 : version.headerSize), voxelOffset <= Self.highestOffset else {
      throw fault.malformed(
        .voxOffset,
        "expected voxels between byte \(isPair ? 0 : version.headerSize) and \(Self.highestOffset), "
          + "found \(header.number(.voxOffset))")
    }
    extensions = try Self.readExtensions(
      source, until: isPair ? nil : voxelOffset, isBigEndian: isBigEndian)
  }

  /// Room for extensions of a stream whose length is unknown; a 32-bit float is exact on multiples of 16 up to here.
  public static let highestOffset = 1 << 28

  /// Version and byte order by the first four bytes, the header's own size.
  private static func kind(of prefix: [UInt8]) throws(FormatError) -> (NIfTIVersion, isBigEndian: Bool) {
    switch Array(prefix.prefix(4)) {
    case [0x5c, 0x01, 0, 0]: (.one, false)
    case [0, 0, 0x01, 0x5c]: (.one, true)
    case [0x1c, 0x02, 0, 0]: (.two, false)
    case [0, 0, 0x02, 0x1c]: (.two, true)
    default:
      throw FormatError(
        .malformed,
        prefix.isEmpty
          ? "expected a NIfTI header, found no bytes at all"
          : "expected a NIfTI header (its size, 348 or 540, as 32-bit integer), found bytes "
            + prefix.prefix(4).map { String($0, radix: 16) }.joined(separator: " ") + " (hexadecimal)",
        at: .offset(0))
    }
  }

  /// All seven dimensions, missing ones being 1.
  private static func extents(_ header: NIfTIHeaderBytes) throws(FormatError) -> [Int] {
    let fault = Faults(header.version)
    let rank = header.integer(.dim, 0)
    guard (1...7).contains(rank) else { throw fault.malformed(.dim, "expected 1 to 7 dimensions, found \(rank)") }
    var extents: [Int] = []
    for axis in 1...7 {
      let extent = axis <= rank ? header.integer(.dim, axis) : 1
      guard extent >= 1, extent <= Int(Int32.max) else {
        throw fault.malformed(.dim, "expected a positive extent along axis \(axis - 1), found \(extent)")
      }
      extents.append(extent)
    }
    let plane = extents[0].multipliedReportingOverflow(by: extents[1])
    guard !plane.overflow, !plane.partialValue.multipliedReportingOverflow(by: extents[2]).overflow else {
      throw fault.malformed(.dim, "the dimensions \(extents.prefix(3)) give more voxels than a file can hold")
    }
    return extents
  }

  private static func scaling(_ header: NIfTIHeaderBytes, _ fault: Faults) throws(FormatError) -> Scaling? {
    let scaling = Scaling(slope: header.number(.slope), inter: header.number(.inter))
    if scaling.slope == 0 || !scaling.slope.isFinite { return nil }
    guard scaling.inter.isFinite else {
      throw fault.malformed(.inter, "expected a finite scl_inter beside the slope \(scaling.slope)")
    }
    return scaling == Scaling(slope: 1, inter: 0) ? nil : scaling
  }

  private static func readExtensions(
    _ source: ByteSource, until end: Int?, isBigEndian: Bool
  ) throws(FormatError) -> [NIfTIExtension] {
    guard let end else {
      let announcement = try source.peek(4)
      guard announcement.count == 4, announcement[0] != 0 else { return [] }
      try source.skip(4, of: "the extension announcement")
      let start = source.offset
      return try NIfTIExtension.parse(
        source.rest(upTo: highestOffset, of: "header extensions"), at: start, isBigEndian: isBigEndian)
    }
    guard end >= source.offset + 4 else {
      try source.skip(end - source.offset, of: "the bytes before the voxels")
      return []
    }
    let announcement = try source.bytes(4, of: "the extension announcement")
    let start = source.offset
    let block = try source.bytes(end - start, of: "header extensions")
    return announcement[0] == 0 ? [] : try NIfTIExtension.parse(block, at: start, isBigEndian: isBigEndian)
  }

  /// Errors that name the byte offset of a field.
  private struct Faults {
    let version: NIfTIVersion
    init(_ version: NIfTIVersion) { self.version = version }

    func malformed(_ field: NIfTIField, _ message: String) -> FormatError {
      FormatError(.malformed, message, at: .offset(field.place(in: version).offset))
    }

    func unsupported(_ field: NIfTIField, _ message: String) -> FormatError {
      FormatError(.unsupported, message, at: .offset(field.place(in: version).offset))
    }
  }
}

extension NIfTIHeader {
  /// The header and its extensions as they are stored, little-endian, voxels following in the same file.
  ///
  /// Sform and qform are equal, both with code 1 (scanner); a sheared grid, which no qform can say, has a sform only.
  public var encoded: [UInt8] {
    var header = NIfTIHeaderBytes(version: version)
    header.set(.sizeofHeader, to: Double(version.headerSize))
    header.set(.magic, raw: version.singleFileMagic)
    let dimensions = [grid.dimensions.x, grid.dimensions.y, grid.dimensions.z, volumes, 1, 1, 1]
    header.set(.dim, 0, to: volumes > 1 ? 4 : 3)
    for (index, extent) in dimensions.enumerated() { header.set(.dim, index + 1, to: Double(extent)) }
    header.set(.datatype, to: Double(datatype.rawValue))
    header.set(.bitpix, to: Double(datatype.bits))
    header.set(.voxOffset, to: Double(voxelOffset))
    header.set(.slope, to: scaling?.slope ?? 1)
    header.set(.inter, to: scaling?.inter ?? 0)
    header.set(.units, to: 2)  // millimetres
    header.set(.intentCode, to: Double(intent))
    header.set(.intentName, raw: intentName.utf8.filter { 0x20..<0x7F ~= $0 }.prefix(15))
    if let displayRange {
      header.set(.displayMinimum, to: displayRange.lowerBound)
      header.set(.displayMaximum, to: displayRange.upperBound)
    }
    header.set(.description, raw: "voxplain".utf8)

    let (affine, spacing) = (grid.affine, grid.spacing)
    let rectangular = grid.isOrthogonal ? grid.nearestRectangularAffine : nil
    let quaternion = rectangular.map { NIfTIQuaternion($0) }
    for (index, value) in [quaternion?.flip ?? 1, spacing.x, spacing.y, spacing.z, 1, 1, 1, 1].enumerated() {
      header.set(.pixdim, index, to: value)
    }
    header.set(.sformCode, to: 1)
    for (row, values) in affine.rows.enumerated() {
      for column in 0..<4 { header.set(.srow, row * 4 + column, to: values[column]) }
    }
    if let rectangular, let quaternion {
      header.set(.qformCode, to: 1)
      for (index, value) in [quaternion.b, quaternion.c, quaternion.d].enumerated() {
        header.set(.quaternion, index, to: value)
      }
      for axis in 0..<3 { header.set(.qoffset, axis, to: rectangular.t[axis]) }
    }
    return header.bytes + [extensions.isEmpty ? 0 : 1, 0, 0, 0] + extensions.flatMap(\.encoded)
  }
}
