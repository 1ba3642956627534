import VoxTensor

/// What a network predicts for a scan: labels, and the frozen masks of everything explained later.
public final class Prediction {
  /// Voxels of each class, [K].
  public let voxelCounts: [Int]

  /// The network's input, padded, in network order: [C, PX, PY, PZ]; never written again.
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
  ///   - images: the network's input, one image per channel, each in grid order, first axis fastest.
  ///   - stitch: how the scan will be explained; `agg2exp` needs the labels of every window.
  ///   - progress: told after every window.
  /// - Throws: ``AttributionError`` with code `usage` for the wrong number of images or voxels, `malformedInput` where a
  ///   voxel is not finite or the network makes logits that are not; what the network throws.
  public func predict(
    _ images: [[Float]], for stitch: Stitch, progress: ProgressHandler = { _ in }
  ) throws -> Prediction {
    let scan = try paddedScan(images)
    // The blended logits of one window are its own.
    let isBlended = windows.count > 1
    let band = isBlended ? blendingBand() : nil
    band?.logits.update(repeating: 0)
    var largest = LargestLogits(windows.padded, classes: classes)
    let scale = isBlended ? UnsafeBufferPointer(reciprocalCoverage.elements) : nil
    var windowLabels: [UInt16] = []
    var windowScores = [Double](repeating: 0, count: classes)
    if stitch == .agg2exp { windowLabels.reserveCapacity(windows.count * windows.windowVoxels) }
    let inside = insideScan()
    for window in 0..<windows.count {
      try forward(window, of: scan, isScan: true, keepingTape: window >= windows.count - keptWindows)
      if let band { addBlended(window, to: band) }
      if stitch == .agg2exp {
        let own = try ownLabels(window, inside: inside)
        windowLabels += own.labels
        for (target, score) in try own.scores().enumerated() { windowScores[target] += score }
      }
      if let finished = windows.finished(after: window) {
        var (low, high) = (SIMD3<Int>.zero, windows.padded)
        (low[windows.sweep], high[windows.sweep]) = (finished.lowerBound, finished.upperBound)
        largest.take(
          low, high, of: band ?? LogitsBand(extents: windows.padded, logits: logits.elements), scale: scale,
          inside: inside, threads: threads)
      }
      progress(Progress(stage: .predicting, completed: window + 1, total: windows.count))
    }
    return Prediction(
      scan: scan, labels: ClassMap(classes: largest.labels), windowLabels: windowLabels,
      scores: [.blended: try largest.scores(), .agg2exp: windowScores], windows: windows, threads: threads)
  }

  private func paddedScan(_ images: [[Float]]) throws(AttributionError) -> Tensor {
    guard images.count == self.images else { throw .usage("expected \(self.images) images, found \(images.count)") }
    for (image, voxels) in images.enumerated() {
      guard voxels.count == windows.voxels else {
        throw .usage("image \(image): expected \(windows.voxels) voxels, found \(voxels.count)")
      }
      guard let bad = voxels.firstIndex(where: { !$0.isFinite }) else { continue }
      let (rest, i) = bad.quotientAndRemainder(dividingBy: windows.extents.x)
      let (k, j) = rest.quotientAndRemainder(dividingBy: windows.extents.y)
      throw .malformedInput(
        "image \(image), voxel (\(i), \(j), \(k)): expected a finite intensity, found \(voxels[bad])")
    }
    let scan = Tensor(windows.paddedShape(images: self.images))
    if windows.padded != windows.extents { scan.elements.update(repeating: padding) }
    for (image, voxels) in images.enumerated() {
      let padded = scan.elements.row(image * windows.paddedVoxels, windows.paddedVoxels)
      voxels.withUnsafeBufferPointer { windows.spread($0, into: padded, threads: threads) { $0 } }
    }
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

  /// Adds the last window's logits, weighed with its importance map, to blended ones.
  private func addBlended(_ window: Int, to band: LogitsBand) {
    let (windows, origin) = (windows, windows[window])
    importance.withUnsafeBufferPointer { importance in
      nonisolated(unsafe) let (importance, logits, band) = (importance, logits.elements, band)
      parallel(over: classes, threads: threads) { target in
        for x in 0..<windows.roi.x {
          for y in 0..<windows.roi.y {
            let row = (x * windows.roi.y + y) * windows.roi.z
            band.forEachStretch(origin.x + x, origin.y + y, origin.z, count: windows.roi.z) { offset, before, count in
              let sum = band.logits.row(target * band.voxels + offset, count)
              let weight = importance.row(row + before, count)
              let logit = logits.row(target * windows.windowVoxels + row + before, count)
              for z in 0..<count { sum[z] += weight[z] * logit[z] }
            }
          }
        }
      }
    }
  }

  /// Classes of the last window's voxels by its own logits.
  private func ownLabels(_ window: Int, inside: [Bool]?) throws -> LargestLogits {
    let rows = windows.roi.z
    let insideWindow = inside.map { inside in
      var cut = [Bool](repeating: false, count: windows.windowVoxels)
      windows.forEachRow(ofWindow: window) { inWindow, inVolume in
        for z in 0..<rows { cut[inWindow + z] = inside[inVolume + z] }
      }
      return cut
    }
    var largest = LargestLogits(windows.roi, classes: classes)
    let own = LogitsBand(extents: windows.roi, logits: logits.elements)
    largest.take(.zero, windows.roi, of: own, scale: nil, inside: insideWindow, threads: threads)
    return largest
  }
}
