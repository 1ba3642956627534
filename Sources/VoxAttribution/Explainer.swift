import VoxTensor

/// Gradients of frozen masks at any input: what attribution methods are made of.
///
/// The masks are those of a prediction and do not move when the input does, so `f_c` is one function along a path or
/// under noise. Attributions of all targets are summed up in the network's workspace.
public final class Explainer {
  /// Classes to explain.
  public let targets: [Int]

  let windows: SlidingWindow
  let threads: Int
  /// The unperturbed scan, padded, in network order: [C, PX, PY, PZ].
  let scan: Tensor
  /// `f_c` of every target at the scan.
  let scanScores: [Double]

  private let network: WindowedNetwork
  private let prediction: Prediction
  private let stitch: Stitch
  private let progress: ProgressHandler
  /// For every window, the positions in `targets` whose mask has a voxel in it.
  private let visits: [[Int]]
  private var visited = 0
  private let visitsPlanned: Int

  init(
    network: WindowedNetwork, prediction: Prediction, targets: [Int], stitch: Stitch, passes: Int,
    progress: @escaping ProgressHandler
  ) {
    (self.network, self.prediction, self.targets, self.stitch) = (network, prediction, targets, stitch)
    (self.windows, self.threads, self.scan) = (network.windows, network.threads, prediction.scan)
    self.progress = progress
    scanScores = targets.map { prediction.scores[stitch]?[$0] ?? 0 }
    visits = Self.visits(network.windows, prediction, targets, stitch)
    visitsPlanned = passes * visits.count { !$0.isEmpty }
    network.makeRoom(targets: targets.count)
    for position in targets.indices { network.attribution(position).update(repeating: 0) }
  }

  /// Number of images C of the scan.
  var images: Int { network.images }

  /// The attribution of the target at a position of ``targets``, padded, in network order: [C, PX, PY, PZ].
  func attribution(_ position: Int) -> UnsafeMutableBufferPointer<Float> { network.attribution(position) }

  /// Images like the scan's, to be perturbed.
  func copyOfScan() -> Tensor {
    let copy = Tensor(scan.shape)
    _ = copy.elements.update(fromContentsOf: scan.elements)
    return copy
  }

  /// Adds `weight` times the gradient of every target at `volume` to its attribution.
  ///
  /// Windows in which no target has a voxel are not run.
  ///
  /// - Parameter volume: padded, in network order; the scan itself or a perturbation of it.
  /// - Returns: `f_c` of every target at `volume`.
  @discardableResult
  func addGradients(at volume: Tensor, weight: Float) throws -> [Double] { try run(at: volume, gradientWeight: weight) }

  /// `f_c` of every target at `volume`.
  func scores(at volume: Tensor) throws -> [Double] {
    volume === scan ? scanScores : try run(at: volume, gradientWeight: nil)
  }

  /// Runs every window with a mask, backwards from the last one: after a prediction the tapes of the last ones are
  /// still there.
  private func run(at volume: Tensor, gradientWeight: Float?) throws -> [Double] {
    let isScan = volume === scan
    var scores = isScan ? scanScores : [Double](repeating: 0, count: targets.count)
    for window in visits.indices.reversed() where !visits[window].isEmpty {
      try network.forward(window, of: volume, isScan: isScan, keepingTape: gradientWeight != nil)
      // A window whose tape was kept has left no logits, and a reverse pass leaves none.
      if !isScan { for position in visits[window] { scores[position] += score(window, of: targets[position]) } }
      if let gradientWeight {
        var open = visits[window][...]
        while !open.isEmpty {
          try addGradients(window, open.prefix(network.targetsAtOnce), weight: gradientWeight)
          open = open.dropFirst(network.targetsAtOnce)
          if network.readsTapeOnce, !open.isEmpty {
            try network.forward(window, of: volume, isScan: isScan, keepingTape: true)
          }
        }
      }
      visited += 1
      progress(Progress(stage: .explaining, completed: visited, total: visitsPlanned))
    }
    return scores
  }

  private func addGradients(_ window: Int, _ positions: ArraySlice<Int>, weight: Float) throws {
    let gradients = try network.backward(positions.map { targets[$0] }) { target, cotangent in
      fillCotangent(window, of: target, into: cotangent)
    }
    let rows = windows.roi.z
    for (position, gradient) in zip(positions, gradients) {
      let sum = attribution(position)
      windows.forEachRow(ofWindow: window, images: images) { inWindow, inVolume in
        let (target, source) = (sum.row(inVolume, rows), gradient.row(inWindow, rows))
        for z in 0..<rows { target[z] += weight * source[z] }
      }
    }
  }
}

extension Explainer {
  private static func visits(
    _ windows: SlidingWindow, _ prediction: Prediction, _ targets: [Int], _ stitch: Stitch
  ) -> [[Int]] {
    let rows = windows.roi.z
    let classes = (targets.max() ?? 0) + 1
    return (0..<windows.count).map { window in
      var present = [Bool](repeating: false, count: classes)
      windows.forEachRow(ofWindow: window) { inWindow, inVolume in
        for z in 0..<rows {
          let label =
            stitch == .blended
            ? prediction.labels.classes[inVolume + z]
            : prediction.windowLabels[window * windows.windowVoxels + inWindow + z]
          if Int(label) < classes { present[Int(label)] = true }
        }
      }
      return targets.indices.filter { present[targets[$0]] }
    }
  }

  /// Writes the cotangent of a target's logits in a window: its mask, times omega / Omega for the blended stitch.
  private func fillCotangent(_ window: Int, of target: Int, into cotangent: UnsafeMutableBufferPointer<Float>) {
    forEachMaskVoxel(window, of: target) { inWindow, weight in cotangent[inWindow] = weight }
  }

  /// This window's part of a target's `f_c`: the inner product of cotangent and logits.
  private func score(_ window: Int, of target: Int) -> Double {
    let logits = network.logits(of: target)
    var score = 0.0
    forEachMaskVoxel(window, of: target) { inWindow, weight in score += Double(weight * logits[inWindow]) }
    return score
  }

  @inline(__always)
  private func forEachMaskVoxel(_ window: Int, of target: Int, _ body: (_ inWindow: Int, _ weight: Float) -> Void) {
    let (rows, label) = (windows.roi.z, UInt16(target))
    switch stitch {
    case .blended:
      let reciprocal = network.reciprocalCoverage.elements
      network.importance.withUnsafeBufferPointer { importance in
        prediction.labels.classes.withUnsafeBufferPointer { labels in
          windows.forEachRow(ofWindow: window) { inWindow, inVolume in
            for z in 0..<rows where labels[inVolume + z] == label {
              body(inWindow + z, importance[inWindow + z] * reciprocal[inVolume + z])
            }
          }
        }
      }
    case .agg2exp:
      prediction.windowLabels.withUnsafeBufferPointer { labels in
        let start = window * windows.windowVoxels
        for v in 0..<windows.windowVoxels where labels[start + v] == label { body(v, 1) }
      }
    }
  }
}
