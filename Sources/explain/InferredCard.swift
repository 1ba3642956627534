import VoxCommand
import VoxGrid
import VoxTensor

extension ModelCard {
  /// A card that states what a network's file states; the rest are defaults for a person to correct.
  ///
  /// From the file come the images that are read, the window, the classes and whether the output is made of probabilities.
  /// Where the file leaves the window open, it is the first usual one that the network takes. Orientation, spacing and
  /// intensities no file tells.
  ///
  /// - Parameters:
  ///   - name: what the card calls the network.
  ///   - output: which of the outputs is explained.
  init(inferredFrom graph: Graph, name: String, output: Int) {
    self.init(name: name)
    spacing = [1, 1, 1]
    guard let input = graph.inputs.first, graph.outputs.indices.contains(output) else { return }
    if let count = input.channels, count > 1 {
      channels = InputChannels.numbered(min(count, Self.mostChannels)).map { CardChannel(name: $0) }
    }
    let port = graph.outputs[output]
    var classes = port.extents.flatMap { $0.count == 5 ? $0[1] : nil }
    let candidates = input.spatialExtents.map { [$0] } ?? Self.usualWindows
    for roi in candidates {
      guard let shape = try? graph.shape(of: port.value, window: roi), shape.rank == 5,
        shape.extents[2...] == [roi.x, roi.y, roi.z]
      else { continue }
      self.roi = roi
      classes = shape[1]
      break
    }
    roi = roi ?? input.spatialExtents
    labels = LabelTable(
      (0..<min(classes ?? 0, Self.mostLabels)).map { Label(value: $0, name: $0 == 0 ? "background" : "label \($0)") })
    switch graph.producer(of: port.value) {
    case "Sigmoid": activation = .sigmoid
    case "Softmax", "LogSoftmax": activation = .none
    default: break
    }
  }

  /// Windows of which most networks take one.
  private static let usualWindows = [96, 128, 64, 160, 80, 48, 32].map { SIMD3<Int>(repeating: $0) }
  private static let mostLabels = 1024
  private static let mostChannels = 64
}

extension Graph {
  /// The shape of a value for a window.
  fileprivate func shape(of value: Value, window: SIMD3<Int>) throws(EngineError) -> Shape? {
    try SpecializedGraph(self, inputShapes: [inputShape(window)]).shapes[value]
  }

  /// Name of the operator that makes a value, beyond those that only pass it on.
  fileprivate func producer(of value: Value) -> String? {
    guard let node = nodes.first(where: { $0.outputs.contains(value) }) else { return nil }
    let name = type(of: node.operator).name
    guard ["Identity", "Cast"].contains(name), let source = node.inputs.first ?? nil else { return name }
    return producer(of: source)
  }
}
