/// A coding key that is any text.
struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer {
  /// The error of a field whose value makes no sense.
  func problem(_ key: Key, _ message: String) -> DecodingError {
    .dataCorruptedError(forKey: key, in: self, debugDescription: message)
  }
}

extension KeyedDecodingContainer<AnyKey> {
  /// The error of a field whose value makes no sense.
  func problem(_ key: String, _ message: String) -> DecodingError { problem(AnyKey(key), message) }

  /// Throws for a field no one reads: a misspelt name must not pass as a default.
  func rejectKeys(except known: [String], in place: String) throws {
    for key in allKeys where !known.contains(key.stringValue) {
      throw problem(
        key.stringValue, "unknown field \"\(key.stringValue)\" in \(place), expected \(known.joined(separator: ", "))")
    }
  }
}

extension DecodingError {
  /// The path into the document and what is wrong there.
  var summary: String {
    let context: Context? =
      switch self {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context
      case .keyNotFound(let key, let context):
        Context(codingPath: context.codingPath, debugDescription: "field \"\(key.stringValue)\" is missing")
      @unknown default: nil
      }
    guard let context else { return "\(self)" }
    let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    let message = context.debugDescription
    return path.isEmpty ? message : "\(path.drop { $0 == "." }): \(message)"
  }
}
