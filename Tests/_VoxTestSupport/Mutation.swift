/// Copies of a file with seeded faults: bits flipped, bytes replaced, inserted, repeated and cut out.
///
/// Equal seeds give equal copies on every run.
public struct Mutations: Sequence, Sendable {
  private let original: [UInt8]
  private let count: Int
  private let seed: UInt64
  private let header: Int

  /// Describes the copies.
  ///
  /// - Parameter header: bytes at the beginning that get most of the faults; without it all bytes get the same share.
  public init(of original: [UInt8], count: Int, seed: UInt64, header: Int? = nil) {
    precondition(!original.isEmpty, "an empty file has no byte to change")
    (self.original, self.count, self.seed) = (original, count, seed)
    self.header = Swift.min(header ?? original.count, original.count)
  }

  public func makeIterator() -> AnyIterator<[UInt8]> {
    var (generator, made) = (SeededGenerator(seed: seed), 0)
    return AnyIterator {
      guard made < count else { return nil }
      made += 1
      var copy = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) { change(&copy, &generator) }
      return copy
    }
  }

  /// Bytes that have a meaning in headers, binary or text.
  private static let telling: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF] + Array("\n\r -+.:=,()%\"0129eE".utf8)

  private func change(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    guard !bytes.isEmpty else { return }
    let inHeader = Int.random(in: 0..<4, using: &generator) < 3
    let place = Int.random(in: 0..<Swift.min(bytes.count, inHeader ? header : bytes.count), using: &generator)
    let end = Swift.min(bytes.count, place + Int.random(in: 1...8, using: &generator))
    switch Int.random(in: 0..<7, using: &generator) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
    case 2: bytes[place] = Self.telling[Int.random(in: 0..<Self.telling.count, using: &generator)]
    case 3:
      let word = Self.telling[Int.random(in: 0..<Self.telling.count, using: &generator)]
      for index in place..<end { bytes[index] = word }
    case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 5: bytes.removeSubrange(place..<end)
    default:
      let digits = Array(String(UInt64.random(in: .min ... .max, using: &generator)).utf8)
      bytes.replaceSubrange(place..<end, with: digits.prefix(Int.random(in: 1...20, using: &generator)))
    }
  }
}

/// Copies of a file that end early: after every byte of the header, and at evenly spread places of the body.
public struct Truncations: Sequence, Sendable {
  private let original: [UInt8]
  private let lengths: [Int]

  /// Describes the copies, the empty one included and the whole file not.
  public init(of original: [UInt8], header: Int, places: Int = 200) {
    precondition(header <= original.count, "a header lies within its file")
    let body = original.count - header
    let steps = Swift.min(places, body)
    self.original = original
    lengths = Array(0..<header) + (0..<steps).map { header + $0 * body / steps }
  }

  public func makeIterator() -> AnyIterator<[UInt8]> {
    var rest = lengths[...]
    return AnyIterator { rest.popFirst().map { Array(original[..<$0]) } }
  }
}
