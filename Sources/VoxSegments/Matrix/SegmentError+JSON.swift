import Foundation

extension SegmentError {
  /// What a JSON decoder found wrong in a document, with the path of the field where the decoder tells.
  init(decoding error: DecodingError, of json: Data) {
    let (path, message): ([any CodingKey], String) =
      switch error {
      case .keyNotFound(let key, let context): (context.codingPath + [key], "expected this key, found none")
      case .valueNotFound(let type, let context): (context.codingPath, "expected a \(type), found null")
      case .typeMismatch(let type, let context): (context.codingPath, "expected a \(type), found another type")
      case .dataCorrupted(let context): (context.codingPath, Self.reason(json))
      @unknown default: ([], "expected a case file, found \(error)")
      }
    self.init(.malformed, message)
    if !path.isEmpty { context = [.field(Self.field(path))] }
  }

  /// A path as it is written in JavaScript, such as `matrix[3].mass`.
  private static func field(_ path: [any CodingKey]) -> String {
    path.reduce(into: "") { text, key in
      if let index = key.intValue {
        text += "[\(index)]"
      } else {
        text += (text.isEmpty ? "" : ".") + key.stringValue
      }
    }
  }

  /// Why a document is no JSON: the decoder itself does not say where, the older parser does.
  private static func reason(_ json: Data) -> String {
    do {
      _ = try JSONSerialization.jsonObject(with: json, options: .fragmentsAllowed)
      return "expected numbers that fit their fields, found a fraction or an integer beyond 64 bits for a label value"
    } catch {
      let detail = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? "\(error)"
      let text = detail.hasSuffix(".") ? String(detail.dropLast()) : detail
      return "expected JSON, found: " + text.prefix(1).lowercased() + text.dropFirst()
    }
  }
}
