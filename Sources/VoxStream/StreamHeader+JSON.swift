import FoundationEssentials
public import VoxFormats

extension StreamHeader {
  /// The highest version of the extension this program understands.
  static let supportedVersion = 1

  /// The header as ASCII JSON: fields in alphabetical order, other characters as `\uXXXX`.
  ///
  /// - Throws: ``FormatError`` with code `unsupported` when a number is not finite.
  func json() throws(FormatError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Self.ascii(String(decoding: try encoder.encode(self), as: UTF8.self))
    } catch {
      throw FormatError(.unsupported, "the stream header cannot be written as JSON: \(error)")
    }
  }

  /// Finds the header among a file's extensions; `nil` in a plain NIfTI.
  ///
  /// - Throws: ``FormatError`` with code `malformed`, or `unsupported` for a later version.
  public static func find(in extensions: [NIfTIExtension]) throws(FormatError) -> StreamHeader? {
    for item in extensions where isHeader(item) {
      let text = item.text
      guard let version = version(text) else { continue }
      guard version <= supportedVersion else {
        throw FormatError(
          .unsupported,
          "the stream has version \(version), this program understands versions up to \(supportedVersion); "
            + "use a newer program")
      }
      do {
        return try JSONDecoder().decode(StreamHeader.self, from: Data(text.utf8))
      } catch {
        throw FormatError(.malformed, "the stream's header extension is not as voxplain(5) says: \(error)")
      }
    }
    return nil
  }

  /// Whether an extension is a stream's header, of any version.
  public static func isHeader(_ item: NIfTIExtension) -> Bool {
    item.code == NIfTIExtension.comment && item.text.first == "{" && version(item.text) != nil
  }

  /// The version a JSON text claims; `nil` where the text is not a stream header.
  private static func version(_ text: String) -> Int? {
    struct Claim: Decodable { var voxplain: Int }
    return try? JSONDecoder().decode(Claim.self, from: Data(text.utf8)).voxplain
  }

  private static func ascii(_ json: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(json.utf8.count)
    for unit in json.utf16 {
      if unit < 0x80 {
        bytes.append(UInt8(unit))
      } else {
        let digits = String(unit, radix: 16)
        bytes += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
      }
    }
    return bytes
  }
}
