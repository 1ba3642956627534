import VoxGrid

/// What a MetaImage header says.
///
/// - Source: <https://itk.org/Wiki/MetaIO/Documentation>; ITK's MetaIO for what it leaves open.
struct MetaImageHeader {
  let array: StoredArray
  let affine: Affine
  let data: DataSection
  /// What a stored number means; `nil` where it means itself.
  let scaling: (slope: Double, intercept: Double)?
  /// In DICOM's words.
  let modality: String?
  let warnings: [String]

  /// Fields a header may begin with.
  static let firstFields: Set = ["NDims", "ObjectSubType", "Comment", "AcquisitionDate", "Name", "ID", "TransformType"]

  /// Splits a line `name = value`.
  static func field(_ line: some StringProtocol) -> (name: String, value: String)? {
    guard let separator = line.firstIndex(where: { $0 == "=" || $0 == ":" }) else { return nil }
    let name = line[..<separator].trimmingBlanks
    guard !name.isEmpty, !name.contains(where: \.isWhitespace) else { return nil }
    return (name, line[line.index(after: separator)...].trimmingBlanks)
  }

  /// Reads a header; the source then stands behind its last line.
  ///
  /// - Throws: ``FormatError`` with code `malformed` or `unsupported` that names the byte offset.
  init(from source: ByteSource) throws(FormatError) {
    let (fields, list) = try Self.read(source)
    try fields.require("NDims", "DimSize", "ElementType", "ElementDataFile")
    if let kind = fields["ObjectType"], kind != "Image" {
      throw fields.unsupported("ObjectType", "expected an Image, found \"\(kind.excerpt)\"")
    }
    let rank = try fields.integer("NDims") ?? 0
    guard (1...4).contains(rank) else {
      throw fields.unsupported("NDims", "expected 1 to 4 dimensions, found \(rank)")
    }
    let extents = try fields.integers("DimSize", rank) ?? []
    let channels = try fields.integer("ElementNumberOfChannels") ?? 1
    guard channels >= 1 else {
      throw fields.malformed("ElementNumberOfChannels", "expected a positive number, found \(channels)")
    }

    let isBinary = try Self.flag("BinaryData", fields) ?? true
    let byteOrder = fields["BinaryDataByteOrderMSB"] == nil ? "ElementByteOrderMSB" : "BinaryDataByteOrderMSB"
    let isBigEndian = try Self.flag(byteOrder, fields) ?? false
    let type = try Self.type(fields)
    var axes: [(extent: Int, role: StoredArray.Role)] = channels > 1 ? [(channels, .color)] : []
    axes += extents.enumerated().map { ($1, $0 < 3 ? .space : .volume) }
    do throws(FormatError) {
      array = try StoredArray(type, isBigEndian: isBinary && isBigEndian, axes: axes)
    } catch {
      throw fields.malformed("DimSize", error.message)
    }

    let geometry = try MetaImageGeometry(fields, rank: rank)
    (affine, warnings) = (geometry.affine, geometry.warnings)
    let slope = try fields.finiteNumbers("ElementToIntensityFunctionSlope", 1)?[0] ?? 1
    let intercept = try fields.finiteNumbers("ElementToIntensityFunctionOffset", 1)?[0] ?? 0
    scaling = slope == 0 || (slope == 1 && intercept == 0) ? nil : (slope, intercept)
    modality = (fields["Modality"]?.dropFirst("MET_MOD_".count)).flatMap {
      ["CT", "MR", "NM", "US", "PT"].contains($0) ? String($0) : nil
    }

    var data = DataSection()
    let isCompressed = try Self.flag("CompressedData", fields) ?? false
    data.encoding = isCompressed ? .compressed : isBinary ? .raw : .text
    data.files = try Self.files(fields, list, extents: extents)
    data.byteSkip = try Self.byteSkip(fields, behind: data.files == nil ? source.offset : 0)
    self.data = data
  }

  /// The fields up to `ElementDataFile`, and the names of files in the lines behind it.
  private static func read(_ source: ByteSource) throws(FormatError) -> (HeaderFields, [String]) {
    let start = source.offset
    var (fields, list) = (HeaderFields(), [String]())
    while true {
      let offset = source.offset
      guard
        let line = try source.line(upTo: start + HeaderFields.largestHeader - source.offset, of: "the header")
      else { break }
      if fields["ElementDataFile"] != nil {
        if !line.trimmingBlanks.isEmpty { list.append(line.trimmingBlanks) }
        continue
      }
      if line.trimmingBlanks.isEmpty { continue }
      guard let (name, value) = field(line) else {
        throw FormatError(
          .malformed, "expected \"name = value\", found \"\(line.excerpt)\"", at: .offset(offset))
      }
      // A comment may come again and again.
      if name != "Comment" { try fields.add(name, value, at: offset) }
      if name == "ElementDataFile", value.split(separator: " ").first != "LIST" { break }
    }
    return (fields, list)
  }

  private static func flag(_ name: String, _ fields: HeaderFields) throws(FormatError) -> Bool? {
    switch fields[name]?.first {
    case nil: return nil
    case "T", "t", "1": return true
    case "F", "f", "0": return false
    default: throw fields.malformed(name, "expected True or False, found \"\(fields[name]?.excerpt ?? "")\"")
    }
  }

  private static func type(_ fields: HeaderFields) throws(FormatError) -> StoredType {
    let name = fields["ElementType"] ?? ""
    switch name.hasSuffix("_ARRAY") ? String(name.dropLast(6)) : name {
    case "MET_CHAR": return .voxel(.int8)
    case "MET_UCHAR": return .voxel(.uint8)
    case "MET_SHORT": return .voxel(.int16)
    case "MET_USHORT": return .voxel(.uint16)
    // MetaIO gives a long four bytes on every machine.
    case "MET_INT", "MET_LONG": return .voxel(.int32)
    case "MET_UINT", "MET_ULONG": return .voxel(.uint32)
    case "MET_LONG_LONG": return .int64
    case "MET_ULONG_LONG": return .uint64
    case "MET_FLOAT": return .voxel(.float32)
    case "MET_DOUBLE": return .voxel(.float64)
    case "MET_ASCII_CHAR", "MET_STRING", "MET_FLOAT_MATRIX", "MET_OTHER", "MET_NONE":
      throw fields.unsupported("ElementType", "voxels of type \(name) cannot be read")
    default: throw fields.malformed("ElementType", "expected MET_SHORT or the like, found \"\(name.excerpt)\"")
    }
  }

  /// The files that hold the voxels; `nil` where they follow the header.
  private static func files(
    _ fields: HeaderFields, _ list: [String], extents: [Int]
  ) throws(FormatError) -> FileSequence? {
    let text = fields["ElementDataFile"] ?? ""
    let words = text.split(whereSeparator: \.isWhitespace)
    if words.isEmpty { throw fields.malformed("ElementDataFile", "expected the name of a file, found nothing") }
    if words.count == 1, words[0].uppercased() == "LOCAL" { return nil }
    var (files, rank) = (FileSequence.list([text]), extents.count)
    if words[0] == "LIST" {
      files = .list(list)
      // `LIST 2D` and `LIST 2` both say that a file holds two axes.
      let stated = words.count > 1 ? Int(words[1].prefix { $0.isWholeNumber }) ?? 0 : extents.count - 1
      rank = max(stated, 0)
    } else if words.count <= 4, let pattern = FileSequence.Pattern(words[0]) {
      let stated = words.dropFirst().map { Int($0) }
      let last = extents.last ?? 1
      guard !stated.contains(nil),
        let indices = FileSequence.Indices(
          stated.first.flatMap { $0 } ?? 1, to: stated.dropFirst().first.flatMap { $0 } ?? last,
          by: stated.dropFirst(2).first.flatMap { $0 } ?? 1)
      else { throw fields.malformed("ElementDataFile", "expected PATTERN FIRST LAST STEP, found \"\(text.excerpt)\"") }
      files = .pattern(pattern, indices)
      rank = extents.count - 1
    }
    do throws(FormatError) {
      try files.expectParts(of: extents, rank: rank)
    } catch {
      throw fields.malformed("ElementDataFile", error.message)
    }
    return files
  }

  /// Bytes before the voxels, counted from the start of their file; `nil` where they are its last.
  private static func byteSkip(_ fields: HeaderFields, behind offset: Int) throws(FormatError) -> Int? {
    guard let size = try fields.integer("HeaderSize") else { return 0 }
    if size == -1 { return nil }
    guard size == 0 || size >= offset else {
      throw fields.malformed("HeaderSize", "expected -1, 0 or at least \(offset), found \(size)")
    }
    return size == 0 ? 0 : size - offset
  }
}
