internal import CGDCM

/// The data elements of a DICOM file or of an item of one of its sequences.
package struct DICOMElements {
  private let bounds: Range<Int>
  private let owner: DICOMFile

  init(_ bounds: Range<Int>, of owner: DICOMFile) { (self.bounds, self.owner) = (bounds, owner) }

  /// An element's value representation and bytes, in the byte order of this machine.
  package struct Raw {
    package var representation: String
    package var bytes: [UInt8]
  }

  /// Whether the element is there, even empty.
  package func has(_ tag: DICOMTag) -> Bool { owner.index.find(tag, in: bounds) != nil }

  /// An element as it is stored; `nil` where absent, empty, a sequence, or longer than a MiB.
  package func raw(_ tag: DICOMTag) -> Raw? {
    guard let (element, bytes) = value(tag, { Array($0) }) else { return nil }
    var representation = owner.index.entries[element].representation
    if representation == .none || representation == .unknown { representation = DICOMRepresentation(ofDictionary: tag) }
    let size = owner.transferSyntax.elements == .explicitBig ? representation.numberSize : 1
    guard size > 1 else { return Raw(representation: representation.letters, bytes: bytes) }
    let whole = bytes.count - bytes.count % size
    let swapped = stride(from: 0, to: whole, by: size).flatMap { bytes[$0..<($0 + size)].reversed() }
    return Raw(representation: representation.letters, bytes: swapped + bytes[whole...])
  }

  /// A text value without padding; `nil` where absent or empty.
  package func text(_ tag: DICOMTag) -> String? {
    value(tag) { bytes -> String? in
      var value = bytes[...]
      while let last = value.last, last == 0 || last == 0x20 { value.removeLast() }
      while value.first == 0x20 { value.removeFirst() }
      guard !value.isEmpty else { return nil }
      return String(validating: value, as: UTF8.self) ?? String(value.map { Character(UnicodeScalar($0)) })
    }?.result
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
        guard let number = Double(part) else {
          throw FormatError(.malformed, "expected a number, found \"\(part)\"", at: tag.context)
        }
        parsed.append(number)
      }
      values = parsed
    }
    guard values.isEmpty || count == nil || values.count == count else {
      throw FormatError(.malformed, "expected \(count ?? 0) numbers, found \(values.count)", at: tag.context)
    }
    guard values.allSatisfy(\.isFinite) else {
      throw FormatError(.malformed, "expected finite numbers, found \(values)", at: tag.context)
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
  ///
  /// - Complexity: O(items).
  package func items(_ tag: DICOMTag) -> [DICOMElements] {
    guard let sequence = owner.index.find(tag, in: bounds) else { return [] }
    return owner.index.items(of: sequence).map { DICOMElements($0, of: owner) }
  }

  /// What `body` makes of an element's bytes as they are stored; `nil` where absent, empty, a sequence, or not kept.
  private func value<Result>(
    _ tag: DICOMTag, _ body: (UnsafeRawBufferPointer) -> Result?
  ) -> (element: Int, result: Result)? {
    guard let element = owner.index.find(tag, in: bounds) else { return nil }
    let result = owner.index.withValue(of: element) { $0.isEmpty ? nil : body($0) }
    return (result ?? nil).map { (element, $0) }
  }
}

extension DICOMRepresentation {
  /// What the standard says of an element of even group; unknown for others.
  fileprivate init(ofDictionary tag: DICOMTag) {
    self = .unknown
    guard tag.group % 2 == 0 else { return }
    var letters = (CChar(0), CChar(0), CChar(0))
    withUnsafeMutablePointer(to: &letters) { tuple in
      tuple.withMemoryRebound(to: CChar.self, capacity: 3) { cgdcm_representation(tag.group, tag.element, $0) }
    }
    if letters.1 != 0 { self.init(UInt8(bitPattern: letters.0), UInt8(bitPattern: letters.1)) }
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
