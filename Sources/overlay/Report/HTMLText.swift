import Foundation

/// Text of a web page in which everything from elsewhere has been escaped.
struct HTMLText: ExpressibleByStringInterpolation, Sendable {
  private(set) var text: String

  init(stringLiteral text: String) { self.text = text }

  init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  /// Takes text as it is: what this program wrote itself.
  init(trusted text: String) { self.text = text }

  /// Pieces one after another.
  static func joined(_ pieces: some Sequence<HTMLText>) -> HTMLText {
    HTMLText(trusted: pieces.map(\.text).joined(separator: "\n"))
  }

  /// Interpolated values are escaped, but for those that are page text already.
  struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ value: HTMLText) { text += value.text }
    mutating func appendInterpolation(_ value: some CustomStringConvertible) { text += Self.escaped(value.description) }

    private static func escaped(_ text: String) -> String {
      var escaped = ""
      for character in text {
        switch character {
        case "&": escaped += "&amp;"
        case "<": escaped += "&lt;"
        case ">": escaped += "&gt;"
        case "\"": escaped += "&quot;"
        case "'": escaped += "&#39;"
        default: escaped.append(character)
        }
      }
      return escaped
    }
  }
}

/// Bytes as part of a page.
enum DataURL {
  static func png(_ bytes: [UInt8]) -> String { "data:image/png;base64," + Data(bytes).base64EncodedString() }
}
