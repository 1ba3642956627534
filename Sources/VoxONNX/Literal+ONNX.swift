import Foundation
import VoxTensor

extension Literal {
  /// Reads a tensor of a file from whichever of its fields holds the elements.
  ///
  /// - Parameters:
  ///   - tensor: the tensor.
  ///   - stored: its elements where they were left in the file; `nil` where they are in the tensor.
  ///   - files: where external data is.
  /// - Throws: `malformed` where the number of elements differs from the shape's, `unsupported` for a type of element that
  ///   is neither real nor integer nor Boolean, or narrower than a byte.
  /// - Complexity: O(elements); nothing is allocated before the number of elements is known to be there.
  init(
    _ tensor: ONNXTensorProto, _ stored: ElementBytes? = nil, files: inout ExternalFiles
  ) throws(EngineError) {
    let shape = try Shape(dimensions: tensor.dims)
    let bytes: ElementBytes? =
      switch tensor.dataLocation {
      case .default: stored ?? (tensor.rawData.isEmpty ? nil : .held(tensor.rawData))
      case .external: .held(try files.bytes(tensor.externalData))
      case .UNRECOGNIZED(let value): throw EngineError(.malformed, "expected a data location of 0 or 1, found \(value)")
      }
    let elements = StoredElements(count: shape.count, bytes: bytes)
    switch tensor.dataType {
    case .float: self = try elements.floats(shape, tensor.floatData)
    case .double:
      self.init(
        shape, floats: try elements.reals(tensor.doubleData) { (bits: UInt64) in Float(Double(bitPattern: bits)) })
    case .float16:
      self.init(
        shape, floats: try elements.words(tensor.int32Data) { (bits: UInt16) in Float(Float16(bitPattern: bits)) })
    case .bfloat16:
      self.init(
        shape, floats: try elements.words(tensor.int32Data) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) })
    case .bool: self.init(shape, integers: try elements.words(tensor.int32Data) { (byte: UInt8) in byte == 0 ? 0 : 1 })
    case .int8: self.init(shape, integers: try elements.words(tensor.int32Data) { (word: Int8) in Int64(word) })
    case .int16: self.init(shape, integers: try elements.words(tensor.int32Data) { (word: Int16) in Int64(word) })
    case .int32: self.init(shape, integers: try elements.words(tensor.int32Data) { (word: Int32) in Int64(word) })
    case .int64: self.init(shape, integers: try elements.words(tensor.int64Data) { (word: Int64) in word })
    case .uint8: self.init(shape, integers: try elements.words(tensor.int32Data) { (word: UInt8) in Int64(word) })
    case .uint16: self.init(shape, integers: try elements.words(tensor.int32Data) { (word: UInt16) in Int64(word) })
    case .uint32: self.init(shape, integers: try elements.words(tensor.uint64Data) { (word: UInt32) in Int64(word) })
    case .uint64:
      self.init(shape, integers: try elements.words(tensor.uint64Data) { (word: UInt64) in Int64(exactly: word) })
    case .undefined: throw EngineError(.malformed, "expected a type of element, found none")
    case .string, .complex64, .complex128, .UNRECOGNIZED:
      throw EngineError(.unsupported, "elements of type \(tensor.dataType) are not implemented")
    }
  }
}

/// The elements of a tensor as a file stores them: as little-endian bytes, or one by one in a field of their own.
private struct StoredElements {
  let count: Int
  /// `nil` where the elements stand in a field of their own.
  let bytes: ElementBytes?

  /// Elements that are words of bits, each in a wider integer where they stand in a field of their own.
  func words<Word: FixedWidthInteger, Element>(
    _ field: [some BinaryInteger], _ element: (Word) -> Element?
  ) throws(EngineError) -> [Element] {
    if let decoded = try decoded(element) { return decoded }
    try expect(field.count)
    let elements = field.compactMap { Word(exactly: $0).flatMap(element) }
    guard elements.count == count else { throw unrepresentable }
    return elements
  }

  /// Elements that are what they become: their bytes are copied at once where the machine orders them as the file does.
  func floats(_ shape: Shape, _ field: [Float]) throws(EngineError) -> Literal {
    guard let bytes, Int32(1).littleEndian == 1, bytes.count == count * MemoryLayout<Float>.size else {
      return Literal(shape, floats: try reals(field) { Float(bitPattern: $0) })
    }
    return try Literal(shape) { memory throws(EngineError) in try bytes.copy(into: memory) }
  }

  /// Elements that are real numbers.
  func reals<Bits: FixedWidthInteger>(
    _ field: [some BinaryFloatingPoint], _ element: (Bits) -> Float
  ) throws(EngineError) -> [Float] {
    if let decoded = try decoded(element) { return decoded }
    try expect(field.count)
    return field.map { Float($0) }
  }

  private func decoded<Word: FixedWidthInteger, Element>(_ element: (Word) -> Element?) throws(EngineError)
    -> [Element]?
  {
    guard let bytes else { return nil }
    let width = MemoryLayout<Word>.size
    guard bytes.count == count * width else {
      throw EngineError(.malformed, "expected \(count * width) bytes for \(count) elements, found \(bytes.count)")
    }
    var elements: [Element] = []
    elements.reserveCapacity(count)
    try bytes.data().withUnsafeBytes { bytes in
      for index in 0..<count {
        let word = bytes.loadUnaligned(fromByteOffset: index * width, as: Word.self)
        guard let element = element(Word(littleEndian: word)) else { break }
        elements.append(element)
      }
    }
    guard elements.count == count else { throw unrepresentable }
    return elements
  }

  private func expect(_ found: Int) throws(EngineError) {
    guard found == count else { throw EngineError(.malformed, "expected \(count) elements, found \(found)") }
  }

  private var unrepresentable: EngineError {
    EngineError(.malformed, "an element does not fit in its own type or in 64 bits")
  }
}
