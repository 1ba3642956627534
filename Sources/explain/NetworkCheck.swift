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

    guard summary.unsupported.isEmpty else {
      throw CommandError(.unsupported, "\(network.path): the network cannot be explained")
    }
    let graph = try network.load().graph
    let output = try options.output(of: graph.outputs)
    let card = known ?? ModelCard(inferredFrom: graph, name: network.fileName, output: output)
    try reportWork(graph, output, card, diagnostics)
    return try card.json()
  }

  /// Notes work and memory of one window.
  private func reportWork(_ graph: Graph, _ output: Int, _ card: ModelCard, _ diagnostics: Diagnostics) throws {
    let images = graph.inputs.first?.channels ?? max(1, card.channels.count)
    if images > 1 {
      diagnostics.note("the network reads \(images) images: the stream's, and one --channel each for the others")
    }
    guard let roi = options.roi?.voxels ?? card.roi ?? graph.inputs.first?.spatialExtents else {
      return diagnostics.note("the network takes windows of any size: name one with --roi to see its work and memory")
    }
    let input = graph.inputShape(roi, images: images)
    let compiled = try CompiledModel(
      graph, inputShape: input, output: output, threads: threads, precision: options.precision,
      oneClass: true)
    let inference = try compiled.memory(withTape: false)
    let taped =
      try compiled.recomputations().counts.map {
        try compiled.memory(withTape: true, ReversePass(recomputed: $0, readsTapeOnce: true)).arena
      }.min() ?? 0
    let passes = try MemoryPlan.passesWithTapeOnDisk(compiled, targets: 1)
    let onDisk = try min(
      compiled.memoryWithTapeOnDisk(passes.cheap).arena, compiled.memoryWithTapeOnDisk(passes.nothingAgain).arena)
    // Both plans are made by now, and all constants with them.
    let constants = try compiled.memory(withTape: false).constants
    let (specialized, flops) = (compiled.specialized.graph, Self.giga(compiled.specialized.flops))
    diagnostics.note(
      "\(graph.parameterCount) parameters, \(specialized.nodes.count) operators after constant folding")
    diagnostics.note("window \(roi.x)x\(roi.y)x\(roi.z): logits \(compiled.outputShape), \(flops) GFLOP forward")
    let (predicting, explaining) = (inference.arena + inference.constants, taped + constants)
    let spilled = max(onDisk, inference.arena) + constants
    diagnostics.note(
      "memory: \(Self.mega(predicting)) MB to predict, at least \(Self.mega(explaining)) MB to explain a label in a window, "
        + "\(Self.mega(spilled)) MB with its tape on a disk")
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
