import VoxGrid

/// What an NRRD header says.
///
/// - Source: <https://teem.sourceforge.net/nrrd/format.html>; the spellings of types from Teem's `nrrdType`.
struct NRRDHeader {
  let array: StoredArray
  let affine: Affine
  let data: DataSection
  /// Keys and values beyond the format's fields.
  let pairs: [String: String]
  let warnings: [String]

  /// Reads a header; the source then stands behind its empty line.
  ///
  /// - Throws: ``FormatError`` with code `malformed` or `unsupported` that names the byte offset.
  init(from source: ByteSource) throws(FormatError) {
    let lines = try Lines(from: source)
    let fields = lines.fields

    try fields.require("dimension", "sizes", "type", "encoding")
    let rank = try fields.integer("dimension") ?? 0
    guard (1...16).contains(rank) else {
      throw fields.malformed("dimension", "expected 1 to 16 axes, found \(rank)")
    }
    let extents = try fields.integers("sizes", rank) ?? []
    let (type, encoding) = (try Self.type(fields), try Self.encoding(fields))
    let geometry = try NRRDGeometry(fields, extents: extents)
    // Text has no byte order.
    let isBigEndian = encoding == .text ? false : try Self.isBigEndian(fields, type)
    do throws(FormatError) {
      array = try StoredArray(type, isBigEndian: isBigEndian, axes: zip(extents, geometry.roles).map { ($0, $1) })
    } catch {
      throw fields.malformed("sizes", error.message)
    }
    (affine, warnings, pairs) = (geometry.affine, geometry.warnings, lines.pairs)

    var data = DataSection(encoding: encoding)
    data.lineSkip = try fields.integer("lineskip") ?? 0
    guard data.lineSkip >= 0 else {
      throw fields.malformed("lineskip", "expected a number of lines, found \(data.lineSkip)")
    }
    let byteSkip = try fields.integer("byteskip") ?? 0
    guard byteSkip >= -1 else {
      throw fields.unsupported("byteskip", "expected a number of bytes or -1, found \(byteSkip)")
    }
    data.byteSkip = byteSkip == -1 ? nil : byteSkip
    data.files = try Self.files(lines, extents: extents)
    self.data = data
  }

  private static func type(_ fields: HeaderFields) throws(FormatError) -> StoredType {
    let name = (fields["type"] ?? "").lowercased()
    switch name.split(whereSeparator: \.isWhitespace).joined(separator: " ") {
    case "signed char", "int8", "int8_t": return .voxel(.int8)
    case "uchar", "unsigned char", "uint8", "uint8_t": return .voxel(.uint8)
    case "short", "short int", "signed short", "signed short int", "int16", "int16_t": return .voxel(.int16)
    case "ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t": return .voxel(.uint16)
    case "int", "signed int", "int32", "int32_t": return .voxel(.int32)
    case "uint", "unsigned int", "uint32", "uint32_t": return .voxel(.uint32)
    case "longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t":
      return .int64
    case "ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t": return .uint64
    case "float": return .voxel(.float32)
    case "double": return .voxel(.float64)
    case "block": throw fields.unsupported("type", "voxels that are blocks of bytes cannot be read")
    default: throw fields.malformed("type", "expected the name of a number type, found \"\(name.excerpt)\"")
    }
  }

  private static func encoding(_ fields: HeaderFields) throws(FormatError) -> DataSection.Encoding {
    let name = fields["encoding"] ?? ""
    switch name.lowercased() {
    case "raw": return .raw
    case "gz", "gzip": return .compressed
    case "txt", "text", "ascii": return .text
    case "hex": return .hexadecimal
    case "bz2", "bzip2":
      throw fields.unsupported(
        "encoding", "bzip2 cannot be read; save the file with gzip, as with: unu save -e gzip -f nrrd -i IN -o OUT")
    default:
      throw fields.malformed("encoding", "expected raw, gzip, text, hex or bzip2, found \"\(name.excerpt)\"")
    }
  }

  private static func isBigEndian(_ fields: HeaderFields, _ type: StoredType) throws(FormatError) -> Bool {
    switch fields["endian"]?.lowercased() {
    case "little": return false
    case "big": return true
    case nil where type.size == 1: return false
    case nil: throw FormatError(.malformed, "expected a field \"endian\" for voxels of several bytes, found none")
    case let name?: throw fields.malformed("endian", "expected little or big, found \"\(name.excerpt)\"")
    }
  }

  /// The files that hold the voxels; `nil` where they follow the header.
  private static func files(_ lines: Lines, extents: [Int]) throws(FormatError) -> FileSequence? {
    let fields = lines.fields
    guard let text = fields["datafile"] else { return nil }
    let words = text.split(whereSeparator: \.isWhitespace)
    var (files, rank) = (FileSequence.list([text]), extents.count)
    if let list = lines.list {
      files = .list(list)
      rank = words.count > 1 ? Int(words[1]) ?? 0 : extents.count - 1
    } else if (4...5).contains(words.count), let pattern = FileSequence.Pattern(words[0]) {
      guard let first = Int(words[1]), let last = Int(words[2]), let step = Int(words[3]),
        let indices = FileSequence.Indices(first, to: last, by: step)
      else { throw fields.malformed("datafile", "expected PATTERN FIRST LAST STEP, found \"\(text.excerpt)\"") }
      files = .pattern(pattern, indices)
      rank = words.count > 4 ? Int(words[4]) ?? 0 : extents.count - 1
    } else if text.isEmpty {
      throw fields.malformed("datafile", "expected the name of a file, found nothing")
    }
    do throws(FormatError) {
      try files.expectParts(of: extents, rank: rank)
    } catch {
      throw fields.malformed("datafile", error.message)
    }
    return files
  }
}

extension NRRDHeader {
  /// The lines of a header, by their kind.
  struct Lines {
    private(set) var fields = HeaderFields()
    private(set) var pairs: [String: String] = [:]
    /// Names of files in the lines behind `data file: LIST`.
    private(set) var list: [String]?

    /// Names of fields without spaces, in lower case; some have two spellings.
    private static let known: Set = [
      "content", "number", "type", "blocksize", "dimension", "space", "spacedimension", "sizes", "spacings",
      "thicknesses", "axismins", "axismaxs", "spacedirections", "centers", "centerings", "kinds", "labels", "units",
      "min", "max", "oldmin", "oldmax", "endian", "encoding", "lineskip", "byteskip", "sampleunits", "spaceunits",
      "spaceorigin", "measurementframe", "datafile",
    ]

    init(from source: ByteSource) throws(FormatError) {
      let start = source.offset
      func line() throws(FormatError) -> String? {
        try source.line(upTo: start + HeaderFields.largestHeader - source.offset, of: "the header")
      }
      let magic = try line() ?? ""
      guard magic.hasPrefix("NRRD000"), magic.count == 8, let version = magic.last?.wholeNumberValue else {
        throw FormatError(.malformed, "expected \"NRRD0001\" or the like, found \"\(magic.excerpt)\"", at: .offset(0))
      }
      guard (1...5).contains(version) else {
        throw FormatError(.unsupported, "expected NRRD of version 1 to 5, found version \(version)", at: .offset(7))
      }
      while true {
        let offset = source.offset
        guard let text = try line(), !text.isEmpty else { break }
        if list != nil {
          list?.append(text.trimmingBlanks)
        } else if !text.hasPrefix("#") {
          try add(text, at: offset)
        }
      }
    }

    private mutating func add(_ line: String, at offset: Int) throws(FormatError) {
      guard let colon = line.firstIndex(of: ":") else {
        throw FormatError(
          .malformed, "expected \"field: value\" or \"key:=value\", found \"\(line.excerpt)\"", at: .offset(offset))
      }
      let value = line[line.index(after: colon)...]
      // A key may hold a colon, a field cannot.
      if let equals = line.firstRange(of: ":="), !value.hasPrefix(" ") {
        pairs[Self.unescaped(line[..<equals.lowerBound])] = Self.unescaped(line[equals.upperBound...])
        return
      }
      var name = line[..<colon].lowercased().filter { $0 != " " }
      guard Self.known.contains(name) else {
        throw FormatError(
          .malformed,
          "expected a field of the format, found \"\(line[..<colon].excerpt)\"; a key of one's own is "
            + "written \"key:=value\"", at: .offset(offset))
      }
      if name == "centerings" { name = "centers" }
      try fields.add(name, value, at: offset)
      if name == "datafile", value.trimmingBlanks.split(separator: " ").first == "LIST" { list = [] }
    }

    private static func unescaped(_ text: Substring) -> String {
      guard text.contains("\\") else { return String(text) }
      return String(text).replacing("\\\\", with: "\0").replacing("\\n", with: "\n").replacing("\0", with: "\\")
    }
  }
}
