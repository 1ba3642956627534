/// What a compressed frame says of itself, whatever the elements around it say.
///
/// - Source: ITU-T T.81 B.2.2 (JPEG) and T.87 C.2.2 (JPEG-LS), the frame header; T.800 A.5.1 (JPEG 2000), the marker
///   SIZ.
struct CodestreamHeader {
  let columns: Int
  let rows: Int
  let components: Int
  /// Bits per sample.
  let precision: Int
  /// Whether samples are signed; `nil` where the format does not tell.
  let isSigned: Bool?

  /// Reads a JPEG or JPEG-LS stream; `nil` where it is damaged.
  init?(jpeg bytes: UnsafeRawBufferPointer) {
    guard bytes.starts(with: [0xFF, 0xD8]) else { return nil }
    var position = 2
    while position + 10 <= bytes.count {
      guard bytes[position] == 0xFF else { return nil }
      let marker = bytes[position + 1]
      // Any number of fill bytes may stand before a marker.
      if marker == 0xFF {
        position += 1
        continue
      }
      // Frame headers, but for the tables DHT (C4) and DAC (CC) and the reserved JPG (C8) among them.
      if 0xC0...0xCF ~= marker && ![0xC4, 0xC8, 0xCC].contains(marker) || marker == 0xF7 {
        precision = Int(bytes[position + 4])
        rows = Self.number16(bytes, position + 5)
        columns = Self.number16(bytes, position + 7)
        components = Int(bytes[position + 9])
        isSigned = nil
        guard 2...16 ~= precision else { return nil }
        return
      }
      position += 2 + Self.number16(bytes, position + 2)
    }
    return nil
  }

  /// Reads a JPEG 2000 codestream, bare or in the boxes of a JP2 file; `nil` where it is damaged.
  init?(jpeg2000 bytes: UnsafeRawBufferPointer) {
    guard let siz = Self.codestream(in: bytes), bytes[siz...].starts(with: [0xFF, 0x4F, 0xFF, 0x51]),
      siz + 45 <= bytes.count, Self.reachesData(bytes, from: siz + 2)
    else { return nil }
    func number32(_ place: Int) -> Int {
      Self.number16(bytes, siz + place) << 16 | Self.number16(bytes, siz + place + 2)
    }
    columns = number32(8) - number32(16)
    rows = number32(12) - number32(20)
    components = Self.number16(bytes, siz + 40)
    precision = Int(bytes[siz + 42] & 0x7F) + 1
    isSigned = bytes[siz + 42] & 0x80 != 0
    let isSubsampled = bytes[siz + 43] != 1 || bytes[siz + 44] != 1
    guard precision <= 32, !isSubsampled else { return nil }
  }

  /// Bits of the words in which a decoder hands out samples.
  var wordSize: Int { precision <= 8 ? 8 : precision <= 16 ? 16 : 32 }

  /// Where the codestream begins: at once, or in the box `jp2c`.
  ///
  /// - Source: ITU-T T.800 I.4.
  private static func codestream(in bytes: UnsafeRawBufferPointer) -> Int? {
    if bytes.starts(with: [0xFF, 0x4F]) { return 0 }
    var position = 0
    while position + 16 <= bytes.count {
      let short = number16(bytes, position) << 16 | number16(bytes, position + 2)
      if bytes[(position + 4)...].starts(with: [0x6A, 0x70, 0x32, 0x63]) { return position + (short == 1 ? 16 : 8) }
      guard 8...bytes.count - position ~= short else { return nil }
      position += short
    }
    return nil
  }

  /// Whether marker segments follow each other up to the first data of a tile; decoders walk along them unchecked.
  ///
  /// - Source: ITU-T T.800 A.2.
  private static func reachesData(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
    var position = start
    while position + 4 <= bytes.count, bytes[position] == 0xFF {
      if bytes[position + 1] == 0x93 { return true }
      let length = number16(bytes, position + 2)
      guard length >= 2 else { return false }
      position += 2 + length
    }
    return false
  }

  private static func number16(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Int {
    Int(bytes[place]) << 8 | Int(bytes[place + 1])
  }
}
