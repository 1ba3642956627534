internal import CGDCM

/// The data elements of a new DICOM file or of an item in one.
package struct DICOMBuilder {
  private let pointer: OpaquePointer
  private let owner: Owner

  private final class Owner {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { cgdcm_builder_destroy(pointer) }
  }

  /// Makes an empty data set.
  package init() throws(FormatError) {
    guard let pointer = cgdcm_builder_create() else { throw Self.outOfMemory }
    (self.pointer, owner) = (pointer, Owner(pointer))
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
