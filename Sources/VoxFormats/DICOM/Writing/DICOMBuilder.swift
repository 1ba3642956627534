internal import CGDCM
internal import Foundation

/// The data elements of a new DICOM file or of an item in one.
package struct DICOMBuilder {
  private let pointer: OpaquePointer
  private let owner: Owner

  private final class Owner {
    let pointer: OpaquePointer
    let allowsUnicode: Bool
    init(_ pointer: OpaquePointer, _ allowsUnicode: Bool) {
      (self.pointer, self.allowsUnicode) = (pointer, allowsUnicode)
    }
    deinit { cgdcm_builder_destroy(pointer) }
  }

  /// Makes an empty data set.
  ///
  /// - Parameter allowsUnicode: whether the file says that its text is UTF-8; else new text is ASCII, which is itself in
  ///   every character set.
  package init(allowsUnicode: Bool = false) throws(FormatError) {
    guard let pointer = cgdcm_builder_create() else { throw Self.outOfMemory }
    (self.pointer, owner) = (pointer, Owner(pointer, allowsUnicode))
  }

  private init(_ pointer: OpaquePointer, _ owner: Owner) { (self.pointer, self.owner) = (pointer, owner) }

  /// Sets an element to bytes in the order of this machine.
  package func set(_ tag: DICOMTag, _ representation: String, bytes: [UInt8]) throws(FormatError) {
    try set(tag, representation, values: bytes)
  }

  /// Sets an element to values as they lie in memory.
  package func set<Value: BitwiseCopyable>(
    _ tag: DICOMTag, _ representation: String, values: [Value]
  ) throws(FormatError) {
    let size = values.count * MemoryLayout<Value>.stride
    guard cgdcm_builder_set(pointer, tag.group, tag.element, representation, values, size) else {
      throw FormatError(.malformed, "cannot be written as \(representation) of \(size) bytes", at: tag.context)
    }
  }

  /// Sets a text element.
  package func set(_ tag: DICOMTag, _ representation: String, _ text: String) throws(FormatError) {
    try set(tag, representation, bytes: Array(text.utf8))
  }

  /// Sets a text element to so many characters of a text: control characters become `?`, and in a file that is not
  /// UTF-8 letters lose their accents and what is not ASCII then becomes `?`.
  package func set(
    _ tag: DICOMTag, _ representation: String, _ text: String, limit: Int
  ) throws(FormatError) {
    let plain = owner.allowsUnicode ? text.precomposedStringWithCanonicalMapping : text.withoutAccents
    let scalars = plain.unicodeScalars.prefix(limit).map { scalar in
      let isFit = scalar.value >= 0x20 && !(0x7F..<0xA0 ~= scalar.value) && scalar != "\\"
      return isFit && (owner.allowsUnicode || scalar.isASCII) ? Character(scalar) : "?"
    }
    try set(tag, representation, String(scalars))
  }

  /// Sets a US element.
  package func set(_ tag: DICOMTag, _ number: UInt16) throws(FormatError) {
    try set(tag, "US", bytes: withUnsafeBytes(of: number, Array.init))
  }

  /// Sets a DS element to the nearest numbers that it can hold.
  package func set(_ tag: DICOMTag, decimals: [Double]) throws(FormatError) {
    guard decimals.allSatisfy(\.isFinite) else {
      throw FormatError(.malformed, "expected finite numbers, found \(decimals)", at: tag.context)
    }
    try set(tag, "DS", decimals.map { DecimalString($0).text }.joined(separator: "\\"))
  }

  /// Appends an item to a sequence.
  package func addItem(_ tag: DICOMTag) throws(FormatError) -> DICOMBuilder {
    guard let item = cgdcm_builder_add_item(pointer, tag.group, tag.element) else { throw Self.outOfMemory }
    return DICOMBuilder(item, owner)
  }

  /// Calls `body` with the file's bytes, explicit VR little endian.
  package func encoded(_ body: (UnsafeRawBufferPointer) throws(FormatError) -> Void) throws(FormatError) {
    var error = cgdcm_error()
    var length = 0
    guard let bytes = cgdcm_builder_encode(pointer, &length, &error) else {
      throw FormatError(.writeFailed, error.message)
    }
    try body(UnsafeRawBufferPointer(start: bytes, count: length))
  }

  /// Writes the file, which appears whole or not at all.
  package func write(to path: String) throws(FormatError) {
    let file = try AtomicFile(path)
    try encoded { bytes throws(FormatError) in try file.write(bytes) }
    try file.commit()
  }

  private static var outOfMemory: FormatError { FormatError(.writeFailed, "not enough memory for a DICOM file") }
}

extension String {
  /// Letters without the marks that Unicode can take apart from them.
  fileprivate var withoutAccents: String {
    String(
      String.UnicodeScalarView(
        decomposedStringWithCanonicalMapping.unicodeScalars.filter {
          $0.properties.generalCategory != .nonspacingMark
        }))
  }
}
