public import Foundation

/// An array of NumPy's `.npy` format, its elements as doubles in C order.
///
/// - Source: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>
public struct NpyFile: Sendable {
  /// What a file has that this reader does not expect.
  public struct Problem: Error, CustomStringConvertible {
    public let description: String
  }

  /// Extents, slowest axis first.
  public let shape: [Int]
  /// The elements.
  public let values: [Double]

  /// Reads a file of little-endian numbers in C or Fortran order.
  ///
  /// - Throws: ``Problem`` for another type, and where the file is too short.
  public init(contentsOf url: URL) throws {
    let bytes = try [UInt8](Data(contentsOf: url))
    guard bytes.count >= 12, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      throw Problem(description: "\(url.path): no .npy file")
    }
    let lengthBytes = bytes[6] == 1 ? 2 : 4
    let length = bytes[8..<8 + lengthBytes].reversed().reduce(0) { $0 << 8 | Int($1) }
    let start = 8 + lengthBytes + length
    guard start <= bytes.count else { throw Problem(description: "\(url.path): the header is cut off") }
    let header = String(decoding: bytes[(8 + lengthBytes)..<start], as: UTF8.self)
    guard let order = header.firstMatch(of: #/'fortran_order': (True|False)/#)?.1,
      let type = header.firstMatch(of: #/'descr': '([^']+)'/#)?.1,
      let extents = header.firstMatch(of: #/'shape': \(([^)]*)\)/#)?.1
    else { throw Problem(description: "\(url.path): expected order, type and shape, found header \(header)") }
    shape = extents.split(whereSeparator: { ", ".contains($0) }).compactMap { Int($0) }

    let count = shape.reduce(1, *)
    let data = bytes[start...]
    func elements<Word>(_: Word.Type, _ value: (Word) -> Double) throws -> [Double] {
      let width = MemoryLayout<Word>.size
      guard data.count == count * width else {
        throw Problem(description: "\(url.path): expected \(count * width) bytes of elements, found \(data.count)")
      }
      return data.withUnsafeBytes { data in
        (0..<count).map { value(data.loadUnaligned(fromByteOffset: $0 * width, as: Word.self)) }
      }
    }
    let stored =
      switch type {
      case "<f4": try elements(Float.self) { Double($0) }
      case "<f8": try elements(Double.self) { $0 }
      case "|u1": try elements(UInt8.self) { Double($0) }
      case "|i1": try elements(Int8.self) { Double($0) }
      case "<i2": try elements(Int16.self) { Double($0) }
      case "<i4": try elements(Int32.self) { Double($0) }
      case "<i8": try elements(Int64.self) { Double($0) }
      default: throw Problem(description: "\(url.path): elements of type \(type) are not read")
      }
    values = order == "True" ? Self.transposed(stored, shape) : stored
  }

  /// Elements in C order from elements in Fortran order (first axis fastest).
  private static func transposed(_ stored: [Double], _ shape: [Int]) -> [Double] {
    let steps = shape.indices.map { shape[..<$0].reduce(1, *) }
    return stored.indices.map { position in
      var (rest, source) = (position, 0)
      for axis in shape.indices.reversed() {
        source += rest % shape[axis] * steps[axis]
        rest /= shape[axis]
      }
      return stored[source]
    }
  }
}
