internal import CGDCM

/// The data elements of a DICOM file or of an item of one of its sequences.
package struct DICOMElements {
  private let pointer: OpaquePointer
  private let owner: DICOMFile

  init(pointer: OpaquePointer, owner: DICOMFile) { (self.pointer, self.owner) = (pointer, owner) }

  /// An element's value representation and bytes, in the byte order of this machine.
  package struct Raw {
    package var representation: String
    package var bytes: [UInt8]
  }

  /// Whether the element is there, even empty.
  package func has(_ tag: DICOMTag) -> Bool { cgdcm_has(pointer, tag.group, tag.element) }

  /// An element as it is stored; `nil` where absent, empty or a sequence.
  package func raw(_ tag: DICOMTag) -> Raw? {
    var (length, letters) = (0, (CChar(0), CChar(0), CChar(0)))
    let value = withUnsafeMutablePointer(to: &letters) { tuple in
      tuple.withMemoryRebound(to: CChar.self, capacity: 3) {
        cgdcm_value(pointer, tag.group, tag.element, &length, $0)
      }
    }
    guard let value else { return nil }
    let representation = withUnsafeBytes(of: letters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return Raw(representation: representation, bytes: Array(UnsafeRawBufferPointer(start: value, count: length)))
  }

  /// A text value without padding; `nil` where absent or empty.
  package func text(_ tag: DICOMTag) -> String? {
    guard let bytes = raw(tag)?.bytes else { return nil }
    var value = bytes[...]
    while let last = value.last, last == 0 || last == 0x20 { value.removeLast() }
    while value.first == 0x20 { value.removeFirst() }
    guard !value.isEmpty else { return nil }
    return String(validating: value, as: UTF8.self) ?? String(value.map { Character(UnicodeScalar($0)) })
  }

  /// The parts of a text value, which backslashes separate.
  package func texts(_ tag: DICOMTag) -> [String] {
    text(tag)?.split(separator: "\\", omittingEmptySubsequences: false).map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    } ?? []
  }

  /// Decimal numbers of a DS, IS or binary element; empty where absent or empty.
  ///
  /// - Throws: ``FormatError`` with code `malformed` where a number is not one, or there are not `count` of them.
  package func numbers(_ tag: DICOMTag, count: Int? = nil) throws(FormatError) -> [Double] {
    guard let raw = raw(tag) else { return [] }
    let values: [Double]
    switch raw.representation {
    case "US": values = raw.values(UInt16.self).map(Double.init)
    case "SS": values = raw.values(Int16.self).map(Double.init)
    case "UL": values = raw.values(UInt32.self).map(Double.init)
    case "SL": values = raw.values(Int32.self).map(Double.init)
    case "FL": values = raw.values(UInt32.self).map { Double(Float(bitPattern: $0)) }
    case "FD": values = raw.values(UInt64.self).map(Double.init(bitPattern:))
    default:
      var parsed: [Double] = []
      for part in texts(tag) {
        guard let number = Double(part), number.isFinite else {
          throw FormatError(.malformed, "expected a number, found \"\(part)\"", at: tag.context)
        }
        parsed.append(number)
      }
      values = parsed
    }
    guard values.isEmpty || count == nil || values.count == count else {
      throw FormatError(.malformed, "expected \(count ?? 0) numbers, found \(values.count)", at: tag.context)
    }
    return values
  }

  /// The first number of an element; `nil` where absent or empty.
  package func number(_ tag: DICOMTag) throws(FormatError) -> Double? { try numbers(tag).first }

  /// The first number of an element as an integer; `nil` where absent or empty.
  package func integer(_ tag: DICOMTag) throws(FormatError) -> Int? {
    guard let value = try number(tag) else { return nil }
    guard let integer = Int(exactly: value) else {
      throw FormatError(.malformed, "expected an integer, found \(value)", at: tag.context)
    }
    return integer
  }

  /// An integer without which the image has no meaning.
  func required(_ tag: DICOMTag, in range: ClosedRange<Int>) throws(FormatError) -> Int {
    guard let value = try integer(tag) else {
      throw FormatError(.malformed, "expected a value, found none", at: tag.context)
    }
    guard range.contains(value) else {
      throw FormatError(
        .malformed, "expected \(range.lowerBound) to \(range.upperBound), found \(value)", at: tag.context)
    }
    return value
  }

  /// The items of a sequence; empty where it is absent.
  package func items(_ tag: DICOMTag) -> [DICOMElements] {
    (0..<cgdcm_item_count(pointer, tag.group, tag.element)).compactMap { index in
      cgdcm_item(pointer, tag.group, tag.element, index).map { DICOMElements(pointer: $0, owner: owner) }
    }
  }
}

extension DICOMElements.Raw {
  fileprivate func values<Value: FixedWidthInteger>(_ type: Value.Type) -> [Value] {
    bytes.withUnsafeBytes { buffer in
      (0..<(buffer.count / MemoryLayout<Value>.size)).map {
        buffer.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Value>.size, as: Value.self)
      }
    }
  }
}
