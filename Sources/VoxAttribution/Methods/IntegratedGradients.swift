import VoxTensor

/// `integrated-gradients` (ig): the mean gradient along the straight path from a baseline, times the displacement.
///
/// `e_c = (x - x0) * integral over a in 0...1 of d f_c / d x` at `x0 + a * (x - x0)`, by Gauss-Legendre quadrature with
/// `steps` points. The mask of `f_c` is frozen at the scan, so attributions add up to `f_c(x) - f_c(x0)`: the method
/// reports by how much they do not. Padding stays as it is.
///
/// - Units: logits.
/// - Source: arXiv:1703.01365, equation 1.
struct IntegratedGradients: AttributionMethod {
  static let name = "integrated-gradients"
  static let shortName = "ig"
  static let summary = "Mean gradient along the straight path from a baseline, times the displacement"
  static let reference = Reference(
    title: "Axiomatic Attribution for Deep Networks", url: "https://arxiv.org/abs/1703.01365")
  static let options: [MethodOption] = [.steps, .baseline]

  let steps: Int
  let baseline: Baseline

  init(_ options: MethodOptions) throws(AttributionError) {
    steps = try options.steps(default: 20, in: 1...1000)
    baseline = options.baseline ?? .min
  }

  var passes: Int { steps + 1 }
  var isPerturbing: Bool { true }
  var settings: [(option: MethodOption, value: String)] { [(.steps, "\(steps)"), (.baseline, "\(baseline)")] }

  func attribute(_ explainer: Explainer) throws -> [Completeness]? {
    let origin = explainer.inputStatistics.map(baseline.value)
    let point = explainer.copyOfScan()
    for node in GaussLegendre(count: steps).nodes {
      explainer.move(point, from: origin, by: Float(node.position))
      try explainer.addGradients(at: point, weight: Float(node.weight))
    }
    explainer.move(point, from: origin, by: 0)
    let originScores = try explainer.scores(at: point)
    return explainer.targets.indices.map { position in
      Completeness(
        sum: explainer.multiplyAttribution(position, byDisplacementFrom: origin),
        expected: explainer.scanScores[position] - originScores[position])
    }
  }
}

extension Explainer {
  /// Puts `point` at a fraction of the way from uniform images to the scan.
  fileprivate func move(_ point: Tensor, from origin: [Float], by fraction: Float) {
    nonisolated(unsafe) let (scan, point) = (scan.elements, point.elements)
    let (count, volume) = (windows.extents.z, windows.paddedVoxels)
    windows.forEachRow(threads: threads) { _, _, start in
      for (image, origin) in origin.enumerated() {
        let row = image * volume + start
        for voxel in row..<row + count { point[voxel] = origin + fraction * (scan[voxel] - origin) }
      }
    }
  }

  /// Multiplies an attribution by scan minus origin and returns its sum over the scan.
  fileprivate func multiplyAttribution(_ position: Int, byDisplacementFrom origin: [Float]) -> Double {
    let (attribution, scan) = (attribution(position), scan.elements)
    var sum = 0.0
    for (image, origin) in origin.enumerated() {
      for i in 0..<windows.extents.x {
        for j in 0..<windows.extents.y {
          let start = image * windows.paddedVoxels + windows.rowStart(i, j)
          for voxel in start..<start + windows.extents.z {
            attribution[voxel] *= scan[voxel] - origin
            sum += Double(attribution[voxel])
          }
        }
      }
    }
    return sum
  }
}
