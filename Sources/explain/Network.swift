import CSampleNetwork
import FoundationEssentials
import VoxCommand
import VoxFormats
import VoxGrid
import VoxONNX
import VoxTensor

/// The network to explain: its file, its card and where they come from.
struct Network {
  /// Where a network comes from.
  enum Origin {
    /// A file, and who named it.
    case file(path: String, namedBy: String)
    /// The one embedded in the program.
    case sample

    /// What messages call it.
    var description: String {
      switch self {
      case .file(let path, let namedBy): "\(path) (\(namedBy))"
      case .sample: "the sample network of this build"
      }
    }
  }

  let origin: Origin

  /// Finds the network: the option, else the environment variable VOXPLAIN_MODEL, else the sample network.
  init(option: String?, environment: [String: String]) {
    if let option {
      origin = .file(path: option, namedBy: "--model")
    } else if let path = environment["VOXPLAIN_MODEL"], !path.isEmpty {
      origin = .file(path: path, namedBy: "VOXPLAIN_MODEL")
    } else {
      origin = .sample
    }
  }

  /// The graph with its weights.
  ///
  /// - Throws: `EngineError` for whatever in the file is not supported.
  func load() throws(EngineError) -> ONNXModel {
    switch origin {
    case .file(let path, _): try ONNXModel(contentsOf: path)
    case .sample: try ONNXModel(bytes: Self.sampleBytes)
    }
  }

  /// What the file holds, supported or not.
  func summary() throws(EngineError) -> ONNXSummary {
    switch origin {
    case .file(let path, _): try ONNXSummary(contentsOf: path)
    case .sample: try ONNXSummary(bytes: Self.sampleBytes)
    }
  }

  /// SHA-256 of the ONNX file, hexadecimal.
  func sha256() throws(FormatError) -> String {
    switch origin {
    case .file(let path, _): try Digest.sha256(path: path)
    case .sample: Digest.sha256(Self.sampleBytes)
    }
  }

  /// The card beside the network or in its metadata; `nil` where there is neither.
  func card(metadata: [String: String]) throws(FormatError) -> ModelCard? {
    switch origin {
    case .file(let path, _): return try ModelCard.find(model: path, metadata: metadata)
    case .sample:
      let bytes = Array(UnsafeBufferPointer(start: csample_card, count: csample_card_length))
      return try ModelCard.decode(bytes, name: "sample", from: "the sample network's card")
    }
  }

  /// The card, which running a network needs.
  ///
  /// - Throws: `CommandError` with status 66 where there is none, 69 for a network of overlapping labels.
  func requiredCard(metadata: [String: String]) throws -> ModelCard {
    guard let card = try card(metadata: metadata) else {
      throw CommandError(
        .missingInput,
        "\(path): expected a model card \(ModelCard.cardPath(model: path)), found none; "
          + "explain --check --model \(path) prints one to start from")
    }
    guard card.activation != .sigmoid else {
      throw CommandError(
        .unsupported, "\(path): expected one label per voxel (activation softmax or none), found sigmoid in the card")
    }
    return card
  }

  /// Checks that a card's labels are classes of the network.
  ///
  /// - Throws: `CommandError` with status 65.
  func check(_ labels: LabelTable, classes: Int) throws {
    if let stray = labels.labels.first(where: { !(0..<classes).contains($0.value) }) {
      throw CommandError(
        .malformed,
        "\(path): expected label values from 0 to \(classes - 1) in the card, found \(stray.value) (\(stray.name))")
    }
  }

  /// The file's path, or what messages call the sample network.
  var path: String {
    switch origin {
    case .file(let path, _): path
    case .sample: "sample network"
    }
  }

  /// The file's name without its extension.
  var fileName: String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.lowercased().hasSuffix(".onnx") ? String(name.dropLast(5)) : name
  }

  /// The embedded file, which is not copied.
  private static var sampleBytes: Data {
    Data(
      bytesNoCopy: UnsafeMutableRawPointer(mutating: csample_network), count: csample_network_length,
      deallocator: .none)
  }
}
