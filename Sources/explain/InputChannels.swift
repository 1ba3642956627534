import VoxCommand
import VoxTensor

/// The channels of a network's input, each of which is one image of the scan.
struct InputChannels {
  /// What they are called, by the card or by number.
  let names: [String]

  /// Checks that there is an image for every channel.
  ///
  /// - Parameters:
  ///   - images: how many images there are.
  ///   - path: what messages call the network.
  /// - Throws: `CommandError` with status 64 for another number of images than the network reads, 65 for a card that names
  ///   another number of channels.
  init(of graph: Graph, card: ModelCard, images: Int, path: String) throws(CommandError) {
    let stated = graph.inputs.first?.channels
    if let stated, !card.channels.isEmpty, card.channels.count != stated {
      throw CommandError(
        .malformed,
        "\(path): expected \(stated) channels in the card, as many as the network reads, found \(card.channels.count)")
    }
    let count = stated ?? (card.channels.isEmpty ? images : card.channels.count)
    guard images == count else {
      let list = card.channels.isEmpty ? "" : " (\(card.channels.map(\.name).joined(separator: ", ")))"
      throw CommandError(
        .usage,
        "\(path): the network reads \(count == 1 ? "1 image" : "\(count) images\(list)"), found \(images): the stream's"
          + (images > 1
            ? " and \(images - 1) by --channel"
            : "; name each further one with --channel FILE, volumes of a "
              + "4D file apart (ctx2nii --volume)"))
    }
    names = card.channels.isEmpty ? Self.numbered(count) : card.channels.map(\.name)
  }

  /// Names for channels that no card names.
  static func numbered(_ count: Int) -> [String] { (0..<count).map { "image \($0 + 1)" } }
}
