import Testing
import VoxAttribution

@Suite struct IntegratedGradientsTests {
  @Test(arguments: WindowCase.all, Stitch.allCases)
  func attributionsAddUpToTheChangeOfTheScore(_ item: WindowCase, _ stitch: Stitch) throws {
    let toy = ToyNetwork(roi: item.roi)
    let (network, reference, scan) = (try item.network(toy), item.reference(toy), item.scan.map(Double.init))
    let prediction = try network.predict(item.scan, for: stitch)
    let explanation = try network.explain(
      prediction, targets: prediction.present, stitch: stitch, method: MethodRegistry.method("ig"))
    let completeness = try #require(explanation.completeness)
    let (mask, masks) = (reference.argmax(reference.blendedLogits(scan)), reference.ownMasks(scan))
    let baseline = scan.map { [low = scan.min() ?? 0] _ in low }
    for (position, target) in explanation.targets.enumerated() {
      func score(_ volume: [Double]) -> Double {
        stitch == .blended
          ? reference.blendedScore(target, at: volume, mask: mask)
          : reference.agg2expScore(target, at: volume, masks: masks)
      }
      let expected = score(scan) - score(baseline)
      let sum = explanation.attribution(position).reduce(0.0) { $0 + Double($1) }
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
    let item = WindowCase.all[0]
    let toy = ToyNetwork(roi: item.roi, quadratic: [0, 0, 0, 0])
    let network = try item.network(toy)
    let prediction = try network.predict(item.scan, for: .blended)
    let gradient = try network.explain(
      prediction, targets: [1], stitch: .blended, method: MethodRegistry.method("gradient")
    ).attribution(0)
    var options = MethodOptions()
    (options.steps, options.baseline) = (2, Baseline(baseline.text))
    let integrated = try network.explain(
      prediction, targets: [1], stitch: .blended, method: MethodRegistry.method("ig", options: options)
    ).attribution(0)
    let origin = baseline.value(item.scan)
    let expected = zip(gradient, item.scan).map { Double($0 * ($1 - origin)) }
    #expect(relativeDifference(integrated, expected) < 1e-5)
  }
}

@Suite struct SmoothGradTests {
  private func smoothed(
    _ item: WindowCase, roi: SIMD3<Int>, seed: UInt64 = 7, threads: Int = 2, hasNeighbourhood: Bool = false
  ) throws -> [Float] {
    let network = try item.network(ToyNetwork(roi: roi, hasNeighbourhood: hasNeighbourhood), threads: threads)
    let prediction = try network.predict(item.scan, for: .blended)
    var options = MethodOptions()
    (options.samples, options.noise, options.seed) = (5, 0.2, seed)
    return try network.explain(
      prediction, targets: [3], stitch: .blended, method: MethodRegistry.method("smoothgrad", options: options)
    ).attribution(0)
  }

  @Test(arguments: WindowCase.all) func isTheMeanGradientOverTheNoise(_ item: WindowCase) throws {
    let toy = ToyNetwork(roi: item.roi, hasNeighbourhood: false)
    let labels = try item.network(toy).predict(item.scan, for: .blended).labelMap()
    let noise = VoxelNoise(seed: 7)
    let range = try #require(item.scan.max()) - #require(item.scan.min())
    let expected = item.scan.indices.map { index -> Double in
      let n = item.extents
      let (i, j, k) = (index % n.x, index / n.x % n.y, index / (n.x * n.y))
      let mean = (0..<5).reduce(0.0) { sum, sample in
        sum + Double(noise.normals(i: i, j: j, group: k / 4, sample: UInt32(sample))[k % 4]) / 5
      }
      let input = Double(item.scan[index]) + 0.2 * Double(range) * mean
      return labels[index] == 3 ? toy.linear[3] + 2 * toy.quadratic[3] * input : 0
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
