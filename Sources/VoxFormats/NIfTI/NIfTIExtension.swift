/// A block of bytes between a NIfTI header and its voxels.
public struct NIfTIExtension: Sendable, Hashable {
  /// What kind of bytes they are: 6 is text, 30 Caret's XML.
  public var code: Int
  /// The bytes, without the padding that ends a text.
  public var bytes: [UInt8]

  /// The code of a text.
  public static let comment = 6

  /// The code of a DICOM header, which can name a patient.
  public static let dicom = 2

  /// Makes an extension.
  public init(code: Int, bytes: [UInt8]) { (self.code, self.bytes) = (code, bytes) }

  /// The bytes as text, up to a zero byte.
  public var text: String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

  /// Splits the bytes after a header's announcement into extensions.
  ///
  /// - Parameters:
  ///   - block: everything from the announcement to the voxels.
  ///   - offset: where the block begins in the file.
  static func parse(_ block: [UInt8], at offset: Int, isBigEndian: Bool) throws(FormatError) -> [NIfTIExtension] {
    func integer(_ start: Int) -> Int {
      let field = block[start..<start + 4]
      let bits = (isBigEndian ? Array(field) : field.reversed()).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return Int(Int32(bitPattern: bits))
    }
    var (list, next): ([NIfTIExtension], Int) = ([], 0)
    while next + 8 <= block.count {
      let size = integer(next)
      if size == 0 { break }
      guard size >= 8, size <= block.count - next else {
        throw FormatError(
          .malformed, "expected a header extension of 8 to \(block.count - next) bytes, found a size of \(size)",
          at: .offset(offset + next))
      }
      list.append(NIfTIExtension(code: integer(next + 4), bytes: Array(block[next + 8..<next + size])))
      next += size
    }
    return list
  }

  /// The extension as it is stored: size, code, bytes, padded with spaces (text) or zeros to a multiple of 16.
  var encoded: [UInt8] {
    let size = (bytes.count + 8 + 15) / 16 * 16
    let padding: UInt8 = code == Self.comment ? 0x20 : 0
    return littleEndian(size) + littleEndian(code) + bytes
      + [UInt8](repeating: padding, count: size - 8 - bytes.count)
  }

  private func littleEndian(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
}
