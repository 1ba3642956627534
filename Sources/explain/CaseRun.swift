import VoxAttribution
import VoxCommand
import VoxFormats
import VoxGrid
import VoxONNX
import VoxSegments
import VoxStream
import VoxTensor

/// Takes one scan from its stream to its explanation.
struct CaseRun {
  let network: Network
  let model: ModelOptions
  let attribution: AttributionOptions
  let threads: Int
  let diagnostics: Diagnostics

  /// Reads the scan, runs the network over it and explains the targets.
  func explain(_ stream: String) throws -> ExplainedCase {
    let clock = ContinuousClock()
    var last = clock.now
    func lap(_ work: String) {
      diagnostics.detail("\(work) in \((clock.now - last).inSeconds)")
      last = clock.now
    }

    let sha256 = try network.sha256()
    let onnx = try network.load()
    let card = try network.requiredCard(metadata: onnx.metadata)
    diagnostics.note("network: \(network.origin.description), SHA-256 \(sha256.prefix(16))...")
    lap("network read")

    let channels = try InputChannels(
      of: onnx.graph, card: card, images: 1 + model.channel.count, path: network.path)
    let scan = try ScanInput(
      stream, further: model.channel, card: card, strict: model.strict, threads: threads, diagnostics)
    for note in scan.notes { diagnostics.note(note) }
    lap("scan read")

    let plan = try plan(scan.image.grid.dimensions, card, onnx.graph.inputs.first?.spatialExtents)
    let roi = plan.windows.roi
    let compiled = try compile(
      onnx.graph, images: channels.names.count, output: model.output(of: onnx.graph.outputs), roi)
    let classes = try WindowedNetwork.classes(of: compiled, windows: plan.windows)
    try network.check(card.labels, classes: classes)
    let selection = try TargetSelection(attribution.target, labels: card.labels, classes: classes)
    let memory = try MemoryPlan(
      compiled, plan, targets: selection.most(of: classes), likely: selection.likely(of: classes),
      limit: model.memory?.bytes,
      for: "explaining \(scan.image.grid)")
    try memory.apply(to: compiled, diagnostics)
    let windowed = try WindowedNetwork(
      model: compiled, windows: plan.windows, blend: plan.blend, padding: card.padding, threads: threads)
    lap("network compiled for \(plan.windows.count) windows of \(roi.x)x\(roi.y)x\(roi.z)")

    let prediction = try predict(scan, card, windowed, plan.stitch)
    let targets = targets(selection, prediction, card.labels)
    lap("labels predicted")

    let explanation = try windowed.explain(
      prediction, targets: targets, stitch: plan.stitch, method: plan.method, progress: showProgress)
    let calls = explanation.calls
    lap("\(targets.count) targets explained with \(calls.forwards) forward and \(calls.backwards) backward passes")

    let completeness = reportCompleteness(explanation, card.labels)
    let labels = prediction.labelMap()
    let matrix = try matrix(explanation, regions: labels)
    lap("matrix summed up")
    return ExplainedCase(
      scan: scan, inputs: channels.names, network: StreamHeader.Model(name: card.name, sha256: sha256),
      table: card.labels, plan: plan,
      labels: labels, explanation: explanation, matrix: matrix, profile: compiled.profile,
      notes: scan.notes + completeness)
  }

  private func plan(_ extents: SIMD3<Int>, _ card: ModelCard, _ input: SIMD3<Int>?) throws -> ExplainPlan {
    let overlap = model.overlap ?? card.overlap
    let blend = model.blend ?? (card.blend == .gaussian ? .gaussian : .constant)
    return ExplainPlan(
      windows: try SlidingWindow(
        extents: extents, roi: model.roi(extents, card: card, input: input), overlap: SIMD3(repeating: overlap)),
      overlap: overlap, blend: blend, method: try attribution.resolvedMethod(), stitch: attribution.stitch)
  }

  /// Compiles the network for windows of one size.
  ///
  /// - Throws: `CommandError` with status 64 for a window of `--roi` that the network does not take; `EngineError`.
  private func compile(_ graph: Graph, images: Int, output: Int, _ roi: SIMD3<Int>) throws -> CompiledModel {
    do throws(EngineError) {
      return try CompiledModel(
        graph, inputShape: [1, images, roi.x, roi.y, roi.z], output: output, threads: threads,
        precision: model.precision, oneClass: true)
    } catch {
      guard model.roi != nil, model.precision.isAvailable else { throw error.inside(.file(network.path)) }
      throw CommandError(.usage, "--roi: the network does not take windows of \(roi.x)x\(roi.y)x\(roi.z): \(error)")
    }
  }

  private func predict(
    _ scan: ScanInput, _ card: ModelCard, _ network: WindowedNetwork, _ stitch: Stitch
  ) throws -> Prediction {
    let images = ([scan.image] + scan.further).enumerated().map { position, image in
      var input = image.voxels
      card.intensity(ofChannel: position).apply(to: &input)
      return input
    }
    return try network.predict(images, for: stitch, progress: showProgress)
  }

  /// The labels to explain; warns of those that the network does not predict.
  private func targets(_ selection: TargetSelection, _ prediction: Prediction, _ labels: LabelTable) -> [Int] {
    let targets = selection.values(prediction)
    if targets.isEmpty { diagnostics.warning("the network predicts background alone: there is nothing to explain") }
    let absent = targets.filter { prediction.voxelCounts[$0] == 0 }
    if !absent.isEmpty, selection != .all {
      let names = absent.map { labels.name($0) }.joined(separator: ", ")
      diagnostics.warning("not predicted, so their attributions are zero: \(names)")
    }
    return targets
  }

  private func showProgress(_ progress: Progress) {
    diagnostics.progress("\(progress.stage.rawValue), window", progress.completed, of: progress.total)
  }

  private func matrix(_ explanation: Explanation, regions: [Int32]) throws -> [MatrixRow] {
    var accumulator = MatrixAccumulator()
    var attribution: [Float] = []
    for (position, target) in explanation.targets.enumerated() {
      for image in 0..<explanation.images {
        explanation.copyAttribution(position, image: image, into: &attribution)
        try accumulator.add(attribution, regions: regions, target: target, countingVoxels: image == 0)
      }
    }
    return accumulator.rows
  }

  /// Tells how well attributions that should add up do so; beyond 5 % it is a warning.
  private func reportCompleteness(_ explanation: Explanation, _ labels: LabelTable) -> [String] {
    zip(explanation.targets, explanation.completeness ?? []).map { target, completeness in
      // Adding zero takes the sign from a rounded-off one.
      let percent = (completeness.relativeError * 10_000).rounded() / 100 + 0
      let note =
        "\(labels.name(target)): attributions add up to \(Float(completeness.sum)), "
        + "expected \(Float(completeness.expected)), off by \(percent) %"
      if abs(percent) > 5 {
        diagnostics.warning("\(note); more --steps or another --baseline may help")
      } else {
        diagnostics.note(note)
      }
      return note
    }
  }
}
