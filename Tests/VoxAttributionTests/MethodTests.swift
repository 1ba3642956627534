import Testing
import VoxAttribution

@Suite struct IntegratedGradientsTests {
  @Test(arguments: WindowCase.all, Stitch.allCases)
  func attributionsAddUpToTheChangeOfTheScore(_ item: WindowCase, _ stitch: Stitch) throws {
    let toy = item.toy()
    let (network, reference, scan) = (try item.network(toy), item.reference(toy), item.scan.map(Double.init))
    let prediction = try network.predict(item.scans, for: stitch)
    let explanation = try network.explain(
      prediction, targets: prediction.present, stitch: stitch, method: MethodRegistry.method("ig"))
    let completeness = try #require(explanation.completeness)
    let (mask, masks) = (reference.argmax(reference.blendedLogits(scan)), reference.ownMasks(scan))
    let baseline = item.scans.flatMap { image in image.map { _ in Double(image.min() ?? 0) } }
    for (position, target) in explanation.targets.enumerated() {
      func score(_ volume: [Double]) -> Double {
        stitch == .blended
          ? reference.blendedScore(target, at: volume, mask: mask)
          : reference.agg2expScore(target, at: volume, masks: masks)
      }
      let expected = score(scan) - score(baseline)
      let sum = explanation.attributions(position).reduce(0.0) { $0 + Double($1) }
      #expect(abs(completeness[position].expected - expected) < 1e-5 * abs(expected))
      #expect(abs(completeness[position].sum - sum) < 1e-6 * abs(expected))
      #expect(abs(completeness[position].relativeError) < 1e-5)
    }
  }

  struct BaselineCase: Sendable, CustomTestStringConvertible {
    let text: String
    let value: @Sendable ([Float]) -> Float
    var testDescription: String { text }
  }

  @Test(arguments: [
    BaselineCase(text: "min") { $0.min() ?? 0 },
    BaselineCase(text: "zero") { _ in 0 },
    BaselineCase(text: "mean") { $0.reduce(0, +) / Float($0.count) },
    BaselineCase(text: "-0.25") { _ in -0.25 },
  ])
  func ofALinearNetworkIsTheGradientTimesTheDisplacement(_ baseline: BaselineCase) throws {
    for item in WindowCase.all { try expectGradientTimesDisplacement(baseline, item) }
  }

  private func expectGradientTimesDisplacement(_ baseline: BaselineCase, _ item: WindowCase) throws {
    let toy = item.toy(quadratic: [0, 0, 0, 0])
    let network = try item.network(toy)
    let prediction = try network.predict(item.scans, for: .blended)
    let gradient = try network.explain(
      prediction, targets: [1], stitch: .blended, method: MethodRegistry.method("gradient")
    ).attributions(0)
    var options = MethodOptions()
    (options.steps, options.baseline) = (2, Baseline(baseline.text))
    let integrated = try network.explain(
      prediction, targets: [1], stitch: .blended, method: MethodRegistry.method("ig", options: options)
    ).attributions(0)
    let displacement = item.scans.flatMap { image in
      let origin = baseline.value(image)
      return image.map { $0 - origin }
    }
    let expected = zip(gradient, displacement).map { Double($0 * $1) }
    #expect(relativeDifference(integrated, expected) < 1e-5, "\(item)")
  }
}

@Suite struct SmoothGradTests {
  private func smoothed(
    _ item: WindowCase, roi: SIMD3<Int>, seed: UInt64 = 7, threads: Int = 2, hasNeighbourhood: Bool = false
  ) throws -> [Float] {
    let network = try item.network(item.toy(roi: roi, hasNeighbourhood: hasNeighbourhood), threads: threads)
    let prediction = try network.predict(item.scans, for: .blended)
    var options = MethodOptions()
    (options.samples, options.noise, options.seed) = (5, 0.2, seed)
    return try network.explain(
      prediction, targets: [3], stitch: .blended, method: MethodRegistry.method("smoothgrad", options: options)
    ).attributions(0)
  }

  @Test(arguments: WindowCase.all) func isTheMeanGradientOverTheNoise(_ item: WindowCase) throws {
    let toy = item.toy(hasNeighbourhood: false)
    let labels = try item.network(toy).predict(item.scans, for: .blended).labelMap()
    let noise = VoxelNoise(seed: 7)
    let inputs = try item.scans.enumerated().map { image, scan in
      let range = try #require(scan.max()) - #require(scan.min())
      return scan.indices.map { index -> Double in
        let n = item.extents
        let (i, j, k) = (index % n.x, index / n.x % n.y, index / (n.x * n.y))
        let mean = (0..<5).reduce(0.0) { sum, sample in
          sum + Double(noise.normals(i: i, j: j, group: k / 4, image: image, sample: UInt32(sample))[k % 4]) / 5
        }
        return Double(scan[index]) + 0.2 * Double(range) * mean
      }
    }
    let expected = item.images.flatMap { weight in
      labels.indices.map { index -> Double in
        let mixed = zip(item.images, inputs).reduce(0.0) { $0 + $1.0 * $1.1[index] }
        return labels[index] == 3 ? weight * (toy.linear[3] + 2 * toy.quadratic[3] * mixed) : 0
      }
    }
    #expect(relativeDifference(try smoothed(item, roi: item.roi), expected) < 1e-5)
  }

  @Test func doesNotDependOnTheWindows() throws {
    let item = WindowCase.all[0]
    let reference = try smoothed(item, roi: item.extents).map(Double.init)
    for roi in [[4, 3, 4], [2, 5, 3], [9, 4, 7]] as [SIMD3<Int>] {
      #expect(relativeDifference(try smoothed(item, roi: roi), reference) < 1e-5, "windows of \(roi)")
    }
  }

  @Test func dependsOnTheSeedAndNotOnTheThreads() throws {
    let item = WindowCase.all[0]
    let one = try smoothed(item, roi: item.roi, threads: 1, hasNeighbourhood: true)
    #expect(try smoothed(item, roi: item.roi, threads: 3, hasNeighbourhood: true) == one)
    #expect(try smoothed(item, roi: item.roi, seed: 8, hasNeighbourhood: true) != one)
  }
}
