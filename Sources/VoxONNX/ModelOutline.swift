import Foundation
import VoxTensor

/// A model without the elements of its large initializers, and where these lie in the file.
///
/// Weights are most of a file. Decoded with all the rest they would be held twice before anything is known of them; so they
/// stay in the file until they are read to where they are needed.
///
/// - Source: <https://protobuf.dev/programming-guides/encoding/>
struct ModelOutline {
  /// The encoded model without these elements.
  private(set) var bytes = Data()
  /// For every initializer of the graph in its order the place of its elements, or `nil` where they are in ``bytes``.
  private(set) var elements: [Range<Int>?] = []

  /// A message on the way from the model to the elements, by the number of its field in the one around it.
  private enum Message: UInt64 {
    case model = 0
    case graph = 7
    case initializer = 5
    case rawData = 9

    var next: Message {
      switch self {
      case .model: .graph
      case .graph: .initializer
      case .initializer, .rawData: .rawData
      }
    }
  }

  /// Bytes of elements that are worth being left in the file.
  static let largeElements = 1 << 12

  /// Bytes besides these elements that are copied at most; a file with more is decoded as a whole.
  private static let mostCopied = 1 << 28

  private let reader: ByteReader
  private let least: Int

  /// Reads the outline of a file; `nil` where it is not that of an ONNX model in every respect, so that decoding the whole
  /// file tells what is wrong.
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - least: elements of as many bytes or more are left out.
  /// - Throws: ``EngineError`` `unreadable`.
  init?(_ file: WeightFile, leaving least: Int) throws(EngineError) {
    (reader, self.least) = (ByteReader(file), least)
    guard let bytes = try outline(of: .model, 0..<file.count) else { return nil }
    self.bytes = bytes
  }

  /// Copies the fields of a message; `nil` where its encoding is not understood.
  private mutating func outline(of message: Message, _ range: Range<Int>) throws(EngineError) -> Data? {
    var (out, position) = (Data(), range.lowerBound)
    if message == .initializer { elements.append(nil) }
    while position < range.upperBound {
      let start = position
      guard let key = try reader.varint(&position, below: range.upperBound), key >> 3 > 0, key <= UInt32.max else {
        return nil
      }
      var isCopied = true
      switch key & 7 {
      case 0: guard try reader.varint(&position, below: range.upperBound) != nil else { return nil }
      case 1: position += 8
      case 5: position += 4
      case 2:
        guard let length = try reader.varint(&position, below: range.upperBound),
          length <= UInt64(range.upperBound - position)
        else { return nil }
        let content = position..<position + Int(length)
        position = content.upperBound
        guard key >> 3 == message.next.rawValue else { break }
        if message == .initializer {
          isCopied = content.count < least
          elements[elements.count - 1] = isCopied ? nil : content
        } else {
          guard let inner = try outline(of: message.next, content) else { return nil }
          out.append(varint: key)
          out.append(varint: UInt64(inner.count))
          out.append(inner)
          isCopied = false
        }
      default: return nil
      }
      guard position <= range.upperBound else { return nil }
      if isCopied, position - start > Self.mostCopied - out.count { return nil }
      if isCopied { out.append(try reader.bytes(start..<position)) }
    }
    return out
  }
}

/// Bytes of a file, of which those around the last ones asked for are in memory.
private final class ByteReader {
  private let file: WeightFile
  private var window = Data()
  private var start = 0

  init(_ file: WeightFile) { self.file = file }

  /// A number of 7 bits per byte, the lowest first; `nil` where it does not end below a position or has more than 64 bits.
  func varint(_ position: inout Int, below end: Int) throws(EngineError) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard position < end else { return nil }
      let byte = try byte(position)
      position += 1
      guard shift < 63 || byte <= 1 else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  func bytes(_ range: Range<Int>) throws(EngineError) -> Data {
    if range.lowerBound >= start, range.upperBound <= start + window.count {
      return window[window.startIndex + range.lowerBound - start..<window.startIndex + range.upperBound - start]
    }
    return try file.bytes(range)
  }

  private func byte(_ position: Int) throws(EngineError) -> UInt8 {
    if position < start || position >= start + window.count {
      window = try file.bytes(position..<min(position + 1 << 14, file.count))
      start = position
    }
    return window[window.startIndex + position - start]
  }
}

extension Data {
  fileprivate mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }
}
