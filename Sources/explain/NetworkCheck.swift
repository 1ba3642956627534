import VoxCommand
import VoxGrid
import VoxONNX
import VoxTensor

/// What `explain --check` tells of a network, without running it.
struct NetworkCheck {
  let network: Network
  let options: ModelOptions
  let threads: Int

  /// Notes what the network needs and what of it is not supported.
  ///
  /// - Returns: the model card, or one to start from, as JSON.
  /// - Throws: `CommandError` with status 69 where something is not supported.
  func report(to diagnostics: Diagnostics) throws -> String {
    let summary = try network.summary()
    let known = try network.card(metadata: summary.metadata)
    diagnostics.note("network: \(network.origin.description), SHA-256 \(try network.sha256())")
    diagnostics.note("opset \(summary.opset), \(summary.producer.isEmpty ? "unknown producer" : summary.producer)")
    diagnostics.note("input \(Self.list(summary.inputs)), output \(Self.list(summary.outputs))")
    let operators = summary.operators.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    diagnostics.note("operators: \(operators.joined(separator: ", "))")
    for line in Self.grouped(summary.unsupported) { diagnostics.error("not supported: \(line)") }
    if known == nil {
      diagnostics.note("no model card: complete this one and save it as \(ModelCard.cardPath(model: network.path))")
    }

    let card = try known ?? start(summary)
    guard summary.unsupported.isEmpty else {
      throw CommandError(.unsupported, "\(network.path): the network cannot be explained")
    }
    try reportWork(card, diagnostics)
    return try card.json()
  }

  /// Notes work and memory of one window.
  private func reportWork(_ card: ModelCard, _ diagnostics: Diagnostics) throws {
    let model = try network.load()
    guard let roi = options.roi?.voxels ?? card.roi ?? model.graph.inputs.first?.spatialExtents else {
      return diagnostics.note("the network takes windows of any size: name one with --roi to see its work and memory")
    }
    let compiled = try CompiledModel(
      model.graph, inputShape: [1, 1, roi.x, roi.y, roi.z], output: options.output(of: model.graph.outputs),
      threads: threads, precision: options.precision)
    let inference = try compiled.memory(withTape: false)
    let taped = try compiled.memory(withTape: true)
    let (graph, flops) = (compiled.specialized.graph, Self.giga(compiled.specialized.flops))
    diagnostics.note("\(model.graph.parameterCount) parameters, \(graph.nodes.count) operators after constant folding")
    diagnostics.note("window \(roi.x)x\(roi.y)x\(roi.z): logits \(compiled.outputShape), \(flops) GFLOP forward")
    let (predicting, explaining) = (inference.arena + inference.constants, taped.arena + taped.constants)
    let spilled = try compiled.memoryWithTapeOnDisk().arena + taped.constants
    diagnostics.note(
      "memory: \(Self.mega(predicting)) MB to predict, \(Self.mega(explaining)) MB to explain a window, "
        + "\(Self.mega(spilled)) MB with its tape on a disk")
  }

  /// A card that states what the network's file states.
  private func start(_ summary: ONNXSummary) throws -> ModelCard {
    var card = ModelCard(name: network.fileName)
    card.spacing = [1, 1, 1]
    card.roi = summary.inputs.first?.spatialExtents
    let output = try options.output(of: summary.outputs)
    if let extents = summary.outputs[output].extents, extents.count == 5, let classes = extents[1] {
      card.labels = LabelTable(
        (0..<min(classes, 1024)).map { Label(value: $0, name: $0 == 0 ? "background" : "label \($0)") })
    }
    return card
  }

  /// One line per kind of failure: how often it occurs, and where first.
  private static func grouped(_ errors: [EngineError]) -> [String] {
    var lines: [(first: EngineError, count: Int)] = []
    for error in errors {
      if let known = lines.firstIndex(where: { $0.first.message == error.message }) {
        lines[known].count += 1
      } else {
        lines.append((error, 1))
      }
    }
    return lines.map { $0.count == 1 ? "\($0.first)" : "\($0.first) (and \($0.count - 1) more)" }
  }

  private static func list(_ ports: [Graph.Port]) -> String {
    ports.map { port in
      let extents = port.extents?.map { $0.map(String.init) ?? "?" }.joined(separator: ",")
      return "\(port.name) [\(extents ?? "shape not stated")]"
    }.joined(separator: ", ")
  }

  private static func mega(_ bytes: Int) -> Int { (bytes + 999_999) / 1_000_000 }

  /// Billions, to two decimals.
  private static func giga(_ count: Double) -> String { "\((count / 1e7).rounded() / 100)" }
}
