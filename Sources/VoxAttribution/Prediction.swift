import VoxTensor

/// What a network predicts for a scan: labels, and the frozen masks of everything explained later.
public final class Prediction {
  /// Voxels of each class, [K].
  public let voxelCounts: [Int]

  /// The network's input, padded, in network order; never written again.
  let scan: Tensor
  /// Class of every voxel: argmax of the blended logits.
  let labels: ClassMap
  /// Class of every voxel of every window by the window's own logits, window after window; empty unless asked for.
  let windowLabels: [UInt16]
  /// `f_c` of both stitches at the scan, [K]; zeros where ``windowLabels`` were not asked for.
  let scores: [Stitch: [Double]]

  private let windows: SlidingWindow
  private let threads: Int

  fileprivate init(
    scan: Tensor, labels: ClassMap, windowLabels: [UInt16], scores: [Stitch: [Double]], windows: SlidingWindow,
    threads: Int
  ) {
    (self.scan, self.labels, self.windowLabels, self.scores) = (scan, labels, windowLabels, scores)
    (self.windows, self.threads) = (windows, threads)
    voxelCounts = labels.counts(classes: scores[.blended]?.count ?? 0)
  }

  /// Classes other than 0 that at least one voxel has, rising.
  public var present: [Int] { voxelCounts.indices.filter { $0 > 0 && voxelCounts[$0] > 0 } }

  /// The label map in grid order, first axis fastest; a label's value is the index of its class.
  public func labelMap() -> [Int32] {
    [Int32](unsafeUninitializedCapacity: windows.voxels) { target, count in
      labels.classes.withUnsafeBufferPointer { windows.crop($0, into: target, threads: threads) { Int32($0) } }
      count = windows.voxels
    }
  }
}

/// A class per voxel of a padded volume, in network order.
struct ClassMap {
  /// Padding: belongs to no class and is never explained.
  static let none = UInt16.max

  var classes: [UInt16]

  /// Voxels of each class.
  func counts(classes count: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: count)
    for label in classes where label != Self.none { counts[Int(label)] += 1 }
    return counts
  }
}

extension WindowedNetwork {
  /// Predicts the labels of a scan: argmax of the logits, averaged over windows with their importance maps as weights.
  ///
  /// Equal logits give the lower class. Runs every window once.
  ///
  /// - Parameters:
  ///   - voxels: the network's input in grid order, first axis fastest.
  ///   - stitch: how the scan will be explained; `agg2exp` needs the labels of every window.
  ///   - progress: told after every window.
  /// - Throws: ``AttributionError`` with code `usage` for the wrong number of voxels, `malformedInput` where a voxel is
  ///   not finite or the network makes logits that are not; what the network throws.
  public func predict(
    _ voxels: [Float], for stitch: Stitch, progress: ProgressHandler = { _ in }
  ) throws -> Prediction {
    let scan = try paddedScan(voxels)
    // The blended logits of one window are its own.
    let isBlended = windows.count > 1
    if isBlended { workspace.elements.update(repeating: 0) }
    var windowLabels: [UInt16] = []
    var windowScores = [Double](repeating: 0, count: classes)
    if stitch == .agg2exp { windowLabels.reserveCapacity(windows.count * windows.windowVoxels) }
    let inside = insideScan()
    for window in 0..<windows.count {
      try forward(window, of: scan, isScan: true, keepingTape: window >= windows.count - keptWindows)
      if isBlended { addBlended(window) }
      if stitch == .agg2exp {
        let (labels, scores) = try ownLabels(window, inside: inside)
        windowLabels += labels
        for (target, score) in scores.enumerated() { windowScores[target] += score }
      }
      progress(Progress(stage: .predicting, completed: window + 1, total: windows.count))
    }
    let (labels, scores) = try argmax(
      count: windows.paddedVoxels, planes: windows.padded.x,
      logits: UnsafeBufferPointer(isBlended ? workspace.elements : logits.elements),
      scale: isBlended ? UnsafeBufferPointer(reciprocalCoverage.elements) : nil, inside: inside)
    return Prediction(
      scan: scan, labels: ClassMap(classes: labels), windowLabels: windowLabels,
      scores: [.blended: scores, .agg2exp: windowScores], windows: windows, threads: threads)
  }

  private func paddedScan(_ voxels: [Float]) throws(AttributionError) -> Tensor {
    guard voxels.count == windows.voxels else {
      throw .usage("expected \(windows.voxels) voxels, found \(voxels.count)")
    }
    if let bad = voxels.firstIndex(where: { !$0.isFinite }) {
      let (rest, i) = bad.quotientAndRemainder(dividingBy: windows.extents.x)
      let (k, j) = rest.quotientAndRemainder(dividingBy: windows.extents.y)
      throw .malformedInput("voxel (\(i), \(j), \(k)): expected a finite intensity, found \(voxels[bad])")
    }
    let scan = Tensor(windows.paddedShape)
    if windows.padded != windows.extents { scan.elements.update(repeating: padding) }
    voxels.withUnsafeBufferPointer { windows.spread($0, into: scan.elements, threads: threads) { $0 } }
    return scan
  }

  /// Whether each voxel of the padded volume belongs to the scan; `nil` where there is no padding.
  private func insideScan() -> [Bool]? {
    guard windows.padded != windows.extents else { return nil }
    var inside = [Bool](repeating: false, count: windows.paddedVoxels)
    for i in 0..<windows.extents.x {
      for j in 0..<windows.extents.y {
        let start = windows.rowStart(i, j)
        for index in start..<start + windows.extents.z { inside[index] = true }
      }
    }
    return inside
  }

  /// Adds the last window's logits, weighed with its importance map, to the workspace.
  private func addBlended(_ window: Int) {
    let (windows, rows) = (windows, windows.roi.z)
    importance.withUnsafeBufferPointer { importance in
      nonisolated(unsafe) let (importance, logits, sums) = (importance, logits.elements, workspace.elements)
      parallel(over: classes, threads: threads) { target in
        let (logitsStart, sumsStart) = (target * windows.windowVoxels, target * windows.paddedVoxels)
        windows.forEachRow(ofWindow: window) { inWindow, inVolume in
          let sum = sums.row(sumsStart + inVolume, rows)
          let (weight, logit) = (importance.row(inWindow, rows), logits.row(logitsStart + inWindow, rows))
          for z in 0..<rows { sum[z] += weight[z] * logit[z] }
        }
      }
    }
  }

  /// Classes of the last window's voxels by its own logits, and the sum of each class's logits over its voxels.
  private func ownLabels(_ window: Int, inside: [Bool]?) throws(AttributionError) -> ([UInt16], [Double]) {
    let rows = windows.roi.z
    let insideWindow = inside.map { inside in
      var cut = [Bool](repeating: false, count: windows.windowVoxels)
      windows.forEachRow(ofWindow: window) { inWindow, inVolume in
        for z in 0..<rows { cut[inWindow + z] = inside[inVolume + z] }
      }
      return cut
    }
    return try argmax(
      count: windows.windowVoxels, planes: windows.roi.x, logits: UnsafeBufferPointer(logits.elements), scale: nil,
      inside: insideWindow)
  }

  /// The largest class of every voxel, and per class the sum of its logits over the voxels where it is the largest.
  ///
  /// Sums are formed plane by plane, so that they do not depend on the number of threads.
  private func argmax(
    count: Int, planes: Int, logits: UnsafeBufferPointer<Float>, scale: UnsafeBufferPointer<Float>?, inside: [Bool]?
  ) throws(AttributionError) -> (labels: [UInt16], scores: [Double]) {
    let (plane, classes) = (count / planes, classes)
    var labels = [UInt16](repeating: 0, count: count)
    var sums = [Double](repeating: 0, count: planes * classes)
    var finite = [Bool](repeating: true, count: planes)
    labels.withUnsafeMutableBufferPointer { labels in
      sums.withUnsafeMutableBufferPointer { sums in
        finite.withUnsafeMutableBufferPointer { finite in
          nonisolated(unsafe) let (labels, sums, finite, logits, scale) = (labels, sums, finite, logits, scale)
          parallel(over: planes, threads: threads) { x in
            let start = x * plane
            let label = labels.row(start, plane)
            var best = [Float](repeating: -.infinity, count: plane)
            var total: Float = 0
            for target in 0..<classes {
              let channel = logits.row(target * count + start, plane)
              for v in 0..<plane {
                total += channel[v] * 0
                if channel[v] > best[v] { (best[v], label[v]) = (channel[v], UInt16(truncatingIfNeeded: target)) }
              }
            }
            finite[x] = total == 0
            for v in 0..<plane {
              if let inside, !inside[start + v] {
                label[v] = ClassMap.none
              } else {
                sums[x * classes + Int(label[v])] += Double(best[v] * (scale?[start + v] ?? 1))
              }
            }
          }
        }
      }
    }
    guard finite.allSatisfy(\.self) else {
      throw .malformedInput(
        "expected finite logits of the network, found infinite ones or NaN: check the intensity steps of its card")
    }
    let scores = (0..<classes).map { target in (0..<planes).reduce(0.0) { $0 + sums[$1 * classes + target] } }
    return (labels, scores)
  }
}
