extension CSVTable {
  /// Reads a table whose first line names the columns.
  ///
  /// Lines end in a line feed or carriage return and line feed; empty lines and a byte order mark are passed over.
  ///
  /// - Throws: ``SegmentError`` of code `malformed` with the line, for no line at all, a quote that does not open or
  ///   close a cell, a line that is longer or shorter than the first, and two columns of one name.
  /// - Complexity: O(bytes).
  public init(parsing text: String) throws(SegmentError) {
    var reader = CSVReader(text)
    guard let header = try reader.next() else {
      throw SegmentError(.malformed, "expected a line of column names, found nothing", at: .line(1))
    }
    var seen = Set<String>()
    for name in header.cells where !seen.insert(name).inserted {
      throw SegmentError(
        .malformed, "expected distinct column names, found this one twice", at: .line(header.line), .column(name))
    }
    self.init(columns: header.cells)
    while let row = try reader.next() {
      guard row.cells.count == columns.count else {
        throw SegmentError(
          .malformed, "expected \(columns.count) cells as in the first line, found \(row.cells.count)",
          at: .line(row.line))
      }
      append(row.cells)
    }
  }
}

/// Splits text into lines and cells.
private struct CSVReader {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1

  init(_ text: String) {
    bytes = Array(text.utf8)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The next line that is not empty, with its number.
  mutating func next() throws(SegmentError) -> (line: Int, cells: [String])? {
    while position < bytes.count {
      let start = line
      let cells = try row()
      if cells != [""] { return (start, cells) }
    }
    return nil
  }

  private mutating func row() throws(SegmentError) -> [String] {
    var cells: [String] = []
    while true {
      cells.append(try cell())
      guard position < bytes.count, bytes[position] == .comma else { break }
      position += 1
    }
    if position < bytes.count, bytes[position] == .carriageReturn { position += 1 }
    if position < bytes.count { position += 1 }
    line += 1
    return cells
  }

  /// Reads up to, not including, the comma or line end after the cell.
  private mutating func cell() throws(SegmentError) -> String {
    guard position < bytes.count, bytes[position] == .quote else {
      let start = position
      while position < bytes.count, bytes[position] != .comma, !atLineEnd {
        guard bytes[position] != .quote else {
          throw SegmentError(
            .malformed, "expected a quote only at the start of a cell, found one inside", at: .line(line))
        }
        position += 1
      }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
    return try quotedCell()
  }

  private mutating func quotedCell() throws(SegmentError) -> String {
    let first = line
    var content: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte != .quote {
        if byte == .lineFeed { line += 1 }
        content.append(byte)
      } else if position < bytes.count, bytes[position] == .quote {
        content.append(.quote)
        position += 1
      } else {
        guard position == bytes.count || bytes[position] == .comma || atLineEnd else {
          throw SegmentError(.malformed, "expected a comma or line end after a closing quote", at: .line(line))
        }
        return String(decoding: content, as: UTF8.self)
      }
    }
    throw SegmentError(.malformed, "expected a closing quote, found the end of the text", at: .line(first))
  }

  private var atLineEnd: Bool {
    bytes[position] == .lineFeed
      || bytes[position] == .carriageReturn && (position + 1 == bytes.count || bytes[position + 1] == .lineFeed)
  }
}
