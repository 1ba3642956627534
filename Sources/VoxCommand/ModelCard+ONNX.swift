import VoxFormats
import VoxONNX

extension ModelCard {
  /// The card of a network: the file beside it, else the one in its metadata.
  ///
  /// - Throws: ``FormatError``; `EngineError` when the network cannot be read; ``CommandError`` with status 66 when
  ///   there is no card.
  public static func required(model path: String) throws -> ModelCard {
    if let card = try find(model: path) { return card }
    if let card = try find(model: path, metadata: ONNXSummary(contentsOf: path).metadata) { return card }
    throw CommandError(
      .missingInput,
      "\(path): expected a model card in \(cardPath(model: path)) or in the file's metadata, found none; "
        + "explain --check --model \(path) prints one to start from")
  }
}
