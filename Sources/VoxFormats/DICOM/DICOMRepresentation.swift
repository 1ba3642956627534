/// Two letters that say how a value is stored, such as `US`; none in implicit files.
///
/// - Source: DICOM PS3.5 6.2 and 7.1.2.
struct DICOMRepresentation: Sendable, Hashable {
  /// Both letters in one number; 0 for none.
  private let code: UInt16

  private init(code: UInt16) { self.code = code }

  /// Takes two bytes of a file.
  init(_ first: UInt8, _ second: UInt8) { code = UInt16(first) << 8 | UInt16(second) }

  /// The two letters; empty for none.
  var letters: String { code == 0 ? "" : String(decoding: [UInt8(code >> 8), UInt8(code & 0xFF)], as: UTF8.self) }

  static let none = DICOMRepresentation(code: 0)
  static let sequence = DICOMRepresentation(0x53, 0x51)
  static let unknown = DICOMRepresentation(0x55, 0x4E)
  static let bytes = DICOMRepresentation(0x4F, 0x42)
  static let words = DICOMRepresentation(0x4F, 0x57)

  /// Whether the length that follows has 16 bits.
  var hasShortLength: Bool { Self.short.contains(self) }
  /// Whether the length that follows has 32 bits, after two reserved bytes.
  var hasLongLength: Bool { Self.long.contains(self) }

  private static let short = set("AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US")
  private static let long = set("OB OD OF OL OV OW SQ SV UC UN UR UT UV")

  /// Bytes of one number, in the order of the file; 1 where the order does not matter.
  var numberSize: Int { Self.sizes[self] ?? 1 }

  private static let sizes: [DICOMRepresentation: Int] = {
    let groups = [2: set("AT OW SS US"), 4: set("FL OF OL SL UL"), 8: set("FD OD OV SV UV")]
    return groups.reduce(into: [:]) { sizes, group in for member in group.value { sizes[member] = group.key } }
  }()

  private static func set(_ letters: String) -> Set<DICOMRepresentation> {
    Set(letters.split(separator: " ").map { Array($0.utf8) }.map { DICOMRepresentation($0[0], $0[1]) })
  }
}
