public import VoxTensor

/// A network that sees a volume window by window.
///
/// Owns the memory that prediction and explanation share; one block holds the blended logits first and the attributions
/// afterwards, since touching fresh pages costs more than computing on them. For use by one thread at a time.
public final class WindowedNetwork {
  /// Where the windows lie.
  public let windows: SlidingWindow
  /// Number of classes K.
  public let classes: Int
  /// Number of images C that the network reads, one per channel of its input.
  public let images: Int
  /// Calls of the network so far.
  public private(set) var calls = NetworkCalls()

  let padding: Float
  let threads: Int
  /// Importance map omega of a window, [X, Y, Z].
  let importance: [Float]
  /// 1 / Omega: the reciprocal of the sum of the importance maps of all windows, over the padded volume.
  let reciprocalCoverage: Tensor
  /// Blended logits of the band that windows add to, then attributions.
  private var workspace = Tensor([0])
  /// Logits of the window that ran last, [1, K, X, Y, Z]; valid until the network is called again.
  private(set) var logits: Tensor

  private let model: any DifferentiableModel
  private let input: Tensor
  /// As many of each as the model takes back at once: cotangents of a class, [1, 1, X, Y, Z], and gradients.
  private let cotangents, gradients: [Tensor]
  /// The windows of an unperturbed scan whose tapes the model holds.
  private var tapes: [(scan: Tensor, window: Int)?]
  private var selected = 0

  /// Prepares to run a network over a volume.
  ///
  /// - Parameters:
  ///   - model: takes windows [1, C, X, Y, Z] and gives logits [1, K, X, Y, Z].
  ///   - windows: where the windows lie; `roi` is [X, Y, Z].
  ///   - blend: how overlapping windows are weighed.
  ///   - padding: value of the voxels beyond a volume smaller than a window, in units of the network's input.
  ///   - threads: how many threads share the work outside the network; the result does not depend on it.
  /// - Throws: ``AttributionError`` with code `unsupported` when the network's shapes do not fit the windows.
  public init(
    model: any DifferentiableModel, windows: SlidingWindow, blend: Blend, padding: Float = 0, threads: Int = 1
  ) throws(AttributionError) {
    (images, classes) = (
      model.inputShape.rank > 1 ? model.inputShape[1] : 0, try Self.classes(of: model, windows: windows)
    )
    (self.model, self.windows, self.padding, self.threads) = (model, windows, padding, threads)
    tapes = Array(repeating: nil, count: model.tapes)
    importance = blend.importance(roi: windows.roi)
    reciprocalCoverage = Self.reciprocalCoverage(windows, importance)
    (input, logits) = (Tensor(model.inputShape), Tensor([0]))
    let roi = windows.roi
    cotangents = (0..<model.cotangents).map { _ in Tensor([1, 1, roi.x, roi.y, roi.z]) }
    gradients = (0..<model.cotangents).map { _ in Tensor(model.inputShape) }
  }

  /// How many classes a network makes logits of.
  ///
  /// - Throws: ``AttributionError`` with code `unsupported` when the network's shapes do not fit the windows.
  public static func classes(
    of model: any DifferentiableModel, windows: SlidingWindow
  ) throws(AttributionError) -> Int {
    let (roi, input, output) = (windows.roi, model.inputShape, model.outputShape)
    guard input.rank == 5, input[0] == 1, input[1] >= 1, input.extents[2...] == [roi.x, roi.y, roi.z] else {
      throw .unsupported("expected a network input [1,C,\(roi.x),\(roi.y),\(roi.z)], found \(input)")
    }
    guard output.rank == 5, output[0] == 1, (1...Int(ClassMap.none)).contains(output[1]),
      output.extents[2...] == [roi.x, roi.y, roi.z]
    else {
      throw .unsupported(
        "expected network logits [1,K,\(roi.x),\(roi.y),\(roi.z)] with K from 1 to \(ClassMap.none), found \(output)")
    }
    return output[1]
  }

  /// Bytes this module allocates to explain a volume; the network's own memory comes on top, and whole cotangents where
  /// it does not take those of one class.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - windows: where the windows lie.
  ///   - targets: how many classes are explained at most.
  ///   - stitch: `agg2exp` keeps a label per voxel of every window.
  ///   - perturbing: whether the method looks at inputs other than the scan.
  ///   - cotangents: how many targets go back through the model at once.
  public static func memory(
    model: any DifferentiableModel, windows: SlidingWindow, targets: Int, stitch: Stitch, perturbing: Bool,
    cotangents: Int
  ) -> Int {
    let classes = model.outputShape.rank > 1 ? model.outputShape[1] : 1
    let images = model.inputShape.rank > 1 ? model.inputShape[1] : 1
    // A window alone needs no sums of logits.
    let band = LogitsBand.extents(windows)
    let blended = windows.count == 1 ? 0 : classes * band.x * band.y * band.z
    let workspace = max(blended, targets * images * windows.paddedVoxels)
    // The scan, a perturbed one, and the reciprocal coverage.
    let volumes = images * (perturbing ? 2 : 1) + 1
    let labels = windows.paddedVoxels + (stitch == .agg2exp ? windows.count * windows.windowVoxels : 0)
    let window = windows.windowVoxels * (cotangents * (1 + images) + images + 1)
    return (workspace + volumes * windows.paddedVoxels + window) * MemoryLayout<Float>.size + labels
      * MemoryLayout<UInt16>.size
  }

  /// Memory for blended logits.
  func blendingBand() -> LogitsBand {
    let extents = LogitsBand.extents(windows)
    let count = classes * extents.x * extents.y * extents.z
    makeRoom(count)
    return LogitsBand(extents: extents, logits: workspace.elements.row(0, count), isReused: true)
  }

  /// Makes room for the attributions of as many targets; what the workspace held is lost.
  func makeRoom(targets: Int) { makeRoom(targets * images * windows.paddedVoxels) }

  private func makeRoom(_ count: Int) {
    if workspace.shape.count >= count { return }
    // The smaller block goes back before the larger one is taken.
    workspace = Tensor([0])
    workspace = Tensor([count])
  }

  /// The attribution of the target at a position, in the workspace: [C, PX, PY, PZ].
  func attribution(_ position: Int) -> UnsafeMutableBufferPointer<Float> {
    let count = images * windows.paddedVoxels
    return workspace.elements.row(position * count, count)
  }

  /// How many windows of the scan, the last ones, a prediction keeps the tapes of.
  var keptWindows: Int { min(tapes.count, windows.count) }

  /// Computes ``logits`` of one window of a padded volume; a window of the scan whose tape is held is not run again.
  ///
  /// - Parameters:
  ///   - volume: [C, PX, PY, PZ].
  ///   - isScan: whether `volume` is the unperturbed scan.
  ///   - keepingTape: whether ``backward(_:fill:)`` will follow, at once or for another window of the scan.
  func forward(_ window: Int, of volume: Tensor, isScan: Bool, keepingTape: Bool) throws {
    if isScan, let slot = slot(window, of: volume) {
      selected = slot
      return model.select(tape: slot)
    }
    let (rows, source, target) = (windows.roi.z, volume.elements, input.elements)
    windows.forEachRow(ofWindow: window, images: images) { inWindow, inVolume in
      _ = target.row(inWindow, rows).update(fromContentsOf: source.row(inVolume, rows))
    }
    // The last windows of the scan have tapes of their own; all else shares the first.
    let slot = isScan && keepingTape ? max(0, window - (windows.count - keptWindows)) : 0
    tapes[slot] = nil
    selected = slot
    model.select(tape: slot)
    // The last logits would keep memory alive that the model may want to exchange for a larger block.
    logits = Tensor([0])
    logits = try model.forward(input, keepingTape: keepingTape)
    calls.forwards += 1
    if isScan, keepingTape { tapes[slot] = (volume, window) }
  }

  private func slot(_ window: Int, of scan: Tensor) -> Int? {
    tapes.firstIndex { $0.map { $0.scan === scan && $0.window == window } ?? false }
  }

  /// How many targets go back at once.
  var targetsAtOnce: Int { cotangents.count }

  /// Whether a window has to run again before more targets go back through it.
  var readsTapeOnce: Bool { model.readsTapeOnce }

  /// Takes the cotangents of classes back through the window that ran last with its tape kept.
  ///
  /// - Parameters:
  ///   - targets: classes whose logits the cotangents belong to, at most ``targetsAtOnce``.
  ///   - fill: writes the cotangent of a class, [X, Y, Z], into zeros.
  /// - Returns: for each class the gradient of the window's input, [C, X, Y, Z], valid until the next call.
  func backward(
    _ targets: some Collection<Int>, fill: (_ target: Int, UnsafeMutableBufferPointer<Float>) -> Void
  ) throws -> [UnsafeBufferPointer<Float>] {
    precondition(targets.count <= cotangents.count, "at most \(cotangents.count) targets go back at once")
    let seeds = zip(targets, cotangents).map { ClassCotangent(number: $0, plane: $1) }
    for seed in seeds {
      seed.plane.elements.update(repeating: 0)
      fill(seed.number, seed.plane.elements)
    }
    if readsTapeOnce { tapes[selected] = nil }
    try model.vjp(seeds, into: Array(gradients.prefix(targets.count)))
    calls.backwards += targets.count
    return gradients.prefix(targets.count).map { UnsafeBufferPointer($0.elements) }
  }

  /// Logits of one class of the window that ran last, [X, Y, Z].
  func logits(of target: Int) -> UnsafeBufferPointer<Float> {
    let count = windows.windowVoxels
    return UnsafeBufferPointer(rebasing: logits.elements[target * count..<(target + 1) * count])
  }

  private static func reciprocalCoverage(_ windows: SlidingWindow, _ importance: [Float]) -> Tensor {
    let coverage = Tensor(windows.paddedShape)
    let (sum, rows) = (coverage.elements, windows.roi.z)
    importance.withUnsafeBufferPointer { importance in
      for window in 0..<windows.count {
        windows.forEachRow(ofWindow: window) { inWindow, inVolume in
          for z in 0..<rows { sum[inVolume + z] += importance[inWindow + z] }
        }
      }
    }
    for index in sum.indices { sum[index] = 1 / sum[index] }
    return coverage
  }
}
