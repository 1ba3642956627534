extension ByteSource {
  /// The next line without its end (`\n` or `\r\n`); `nil` at the end of the source.
  ///
  /// - Throws: ``FormatError`` with code `malformed` for a line of more than `limit` bytes.
  func line(upTo limit: Int, of what: String) throws(FormatError) -> String? {
    var ahead = 128
    while true {
      let bytes = try peek(ahead)
      if bytes.isEmpty { return nil }
      let end = bytes.firstIndex(of: 0x0A)
      if end ?? bytes.count > limit {
        throw FormatError(
          .malformed, "expected at most \(limit) further bytes of \(what), found more", at: .offset(offset))
      }
      if end != nil || bytes.count < ahead {
        try skip(end.map { $0 + 1 } ?? bytes.count, of: what)
        let text = bytes[..<(end ?? bytes.count)]
        return String(decoding: text.last == 0x0D ? text.dropLast() : text, as: UTF8.self)
      }
      ahead *= 2
    }
  }

  /// Passes over a line of any length.
  func skipLine() throws(FormatError) {
    while true {
      let bytes = try peek(4096)
      guard !bytes.isEmpty else {
        throw FormatError(.malformed, "expected a line to skip, found the end of the file", at: .offset(offset))
      }
      let end = bytes.firstIndex(of: 0x0A)
      try skip(end.map { $0 + 1 } ?? bytes.count, of: "a line to skip")
      if end != nil { return }
    }
  }

  /// Reads numbers written as text, separated by white space or commas.
  ///
  /// - Returns: the numbers' bytes as they lie in memory.
  /// - Throws: ``FormatError`` with code `malformed` that names the offset of what is no number of the type.
  func textNumbers(_ count: Int, of type: StoredType) throws(FormatError) -> [UInt8] {
    switch type {
    case .voxel(.uint8): try integers(count, UInt8.self)
    case .voxel(.int8): try integers(count, Int8.self)
    case .voxel(.uint16): try integers(count, UInt16.self)
    case .voxel(.int16): try integers(count, Int16.self)
    case .voxel(.uint32): try integers(count, UInt32.self)
    case .voxel(.int32): try integers(count, Int32.self)
    case .int64: try integers(count, Int64.self)
    case .uint64: try integers(count, UInt64.self)
    case .voxel(.float32): try words(count, of: type) { Float($0) }
    case .voxel(.float64): try words(count, of: type) { Double($0) }
    case .voxel(.rgb24), .voxel(.rgba32):
      throw FormatError(.unsupported, "colours written as text cannot be read", at: .offset(offset))
    }
  }

  /// Reads bytes written as two hexadecimal digits each, white space being ignored.
  func hexadecimalBytes(_ count: Int) throws(FormatError) -> [UInt8] {
    var (bytes, high): ([UInt8], UInt8?) = ([], nil)
    while bytes.count < count {
      let block = try peek(1 << 16)
      guard !block.isEmpty else { throw missing(count - bytes.count, of: "bytes") }
      var used = 0
      for character in block where bytes.count < count {
        used += 1
        guard let digit = Character(UnicodeScalar(character)).hexDigitValue else {
          if Self.isSeparator(character) { continue }
          throw FormatError(
            .malformed, "expected hexadecimal digits, found byte \(character)", at: .offset(offset + used - 1))
        }
        if let first = high {
          bytes.append(first << 4 | UInt8(digit))
          high = nil
        } else {
          high = UInt8(digit)
        }
      }
      try skip(used, of: "voxels")
    }
    return bytes
  }

  private func integers<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ count: Int, _: Integer.Type
  ) throws(FormatError) -> [UInt8] {
    // Some writers give whole numbers a fraction or an exponent.
    try words(count, of: "\(Integer.self)") { Integer($0) ?? Double($0).flatMap { Integer(exactly: $0) } }
  }

  private func words<Value: BitwiseCopyable>(
    _ count: Int, of type: StoredType, _ parse: (String) -> Value?
  ) throws(FormatError) -> [UInt8] {
    try words(count, of: type.name, parse)
  }

  private func words<Value: BitwiseCopyable>(
    _ count: Int, of type: String, _ parse: (String) -> Value?
  ) throws(FormatError) -> [UInt8] {
    var values: [Value] = []
    var word: [UInt8] = []
    while values.count < count {
      let block = try peek(1 << 16)
      var used = 0
      // The end of the source ends a word, too.
      for character in block.isEmpty ? [0x20] : block where values.count < count {
        used += 1
        guard Self.isSeparator(character) else {
          word.append(character)
          if word.count > 64 { throw unreadable(word, at: offset + used, type) }
          continue
        }
        if word.isEmpty { continue }
        guard let value = parse(String(decoding: word, as: UTF8.self)) else {
          throw unreadable(word, at: offset + used - 1, type)
        }
        values.append(value)
        word.removeAll(keepingCapacity: true)
      }
      if block.isEmpty {
        guard values.count == count else { throw missing(count - values.count, of: "numbers") }
      } else {
        try skip(used, of: "voxels")
      }
    }
    return values.withUnsafeBytes { Array($0) }
  }

  private static func isSeparator(_ character: UInt8) -> Bool {
    character == 0x20 || 0x09...0x0D ~= character || character == 0x2C
  }

  private func unreadable(_ word: [UInt8], at end: Int, _ type: String) -> FormatError {
    FormatError(
      .malformed, "expected a number of type \(type), found \"\(String(decoding: word, as: UTF8.self))\"",
      at: .offset(end - word.count))
  }

  private func missing(_ count: Int, of what: String) -> FormatError {
    FormatError(
      .malformed, "expected \(count) further \(what) of voxels written as text, found the end of the file",
      at: .offset(offset))
  }
}
