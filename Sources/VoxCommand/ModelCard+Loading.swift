import FoundationEssentials
public import VoxFormats

extension ModelCard {
  /// The key of a card in an ONNX file's `metadata_props`.
  public static let metadataKey = "voxplain"

  /// Finds a network's card: `NET.json` beside `NET.onnx`, else the same JSON in the ONNX file's metadata.
  ///
  /// - Parameter metadata: the ONNX file's `metadata_props`.
  /// - Returns: `nil` where there is neither.
  /// - Throws: ``FormatError`` that names the file and the field.
  public static func find(
    model path: String, metadata: [String: String] = [:]
  ) throws(FormatError) -> ModelCard? {
    let card = cardPath(model: path)
    let fallbackName = card.split(separator: "/").last.map { String($0.dropLast(5)) } ?? card
    if ByteSource.exists(card) {
      let bytes = try ByteSource.contents(of: card, upTo: 16 << 20)
      return try decode(bytes, name: fallbackName, from: card)
    }
    guard let text = metadata[metadataKey] else { return nil }
    return try decode(Array(text.utf8), name: fallbackName, from: "\(path) (metadata \"\(metadataKey)\")")
  }

  /// The path of the card beside a network.
  public static func cardPath(model path: String) -> String {
    (path.lowercased().hasSuffix(".onnx") ? String(path.dropLast(5)) : path) + ".json"
  }

  /// Reads a card.
  ///
  /// - Parameters:
  ///   - bytes: JSON.
  ///   - name: the network's name where the card has none.
  ///   - place: what to call the card in messages.
  public static func decode(_ bytes: [UInt8], name: String, from place: String) throws(FormatError) -> ModelCard {
    do {
      var card = try JSONDecoder().decode(ModelCard.self, from: Data(bytes))
      if card.name.isEmpty { card.name = name }
      return card
    } catch let error as DecodingError {
      throw FormatError(.malformed, error.summary, at: .file(place))
    } catch {
      throw FormatError(.malformed, "expected a model card in JSON: \(error)", at: .file(place))
    }
  }

  /// The card as JSON, fields in alphabetical order.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}
