/// `smoothgrad` (sg): the mean gradient over noisy copies of the scan.
///
/// `e_c = 1/n * sum over s of d f_c / d x` at `x + sigma * eps_s`, `eps_s` standard normal and independent per voxel
/// and sample, `sigma = noise * (max x - min x)` of each image. Padding stays as it is.
///
/// - Units: logits per unit of the network's input.
/// - Source: arXiv:1706.03825, equation 2.
struct SmoothGrad: AttributionMethod {
  static let name = "smoothgrad"
  static let shortName = "sg"
  static let summary = "Mean gradient over noisy copies of the scan"
  static let reference = Reference(
    title: "SmoothGrad: removing noise by adding noise", url: "https://arxiv.org/abs/1706.03825")
  static let options: [MethodOption] = [.samples, .noise, .seed]

  let samples: Int
  let noise: Double
  let seed: UInt64

  init(_ options: MethodOptions) throws(AttributionError) {
    samples = try options.samples(default: 20, in: 1...100_000)
    noise = try options.noise(default: 0.1, in: 0...100)
    seed = options.seed ?? 0
  }

  var passes: Int { samples }
  var isPerturbing: Bool { true }
  var settings: [(option: MethodOption, value: String)] {
    [(.samples, "\(samples)"), (.noise, "\(noise)"), (.seed, "\(seed)")]
  }

  func attribute(_ explainer: Explainer) throws -> [Completeness]? {
    let sigma = explainer.inputStatistics.map { Float(noise) * ($0.max - $0.min) }
    let generator = VoxelNoise(seed: seed)
    let noisy = explainer.copyOfScan()
    for sample in 0..<samples {
      generator.add(
        to: explainer.scan, sigma: sigma, sample: UInt32(truncatingIfNeeded: sample), windows: explainer.windows,
        into: noisy, threads: explainer.threads)
      try explainer.addGradients(at: noisy, weight: 1 / Float(samples))
    }
    return nil
  }
}
