import Testing
import VoxAttribution

@Suite struct ExplanationTests {
  @Test(arguments: WindowCase.all, Blend.allCases)
  func labelsAreTheArgmaxOfBlendedLogits(_ item: WindowCase, _ blend: Blend) throws {
    let toy = item.toy()
    let prediction = try item.network(toy, blend: blend).predict(item.scans, for: .blended)
    let reference = item.reference(toy, blend: blend)
    let labels = reference.argmax(reference.blendedLogits(item.scan.map(Double.init)))
    #expect(prediction.labelMap().map(Int.init) == labels)
    #expect(prediction.voxelCounts == toy.linear.indices.map { k in labels.count { $0 == k } })
    #expect(prediction.present == Set(labels).subtracting([0]).sorted())
    #expect(prediction.present.count >= 2)
  }

  @Test(arguments: WindowCase.all, Blend.allCases)
  func blendedGradientIsThatOfTheBlendedOutput(_ item: WindowCase, _ blend: Blend) throws {
    let toy = item.toy()
    let (network, reference, scan) = (
      try item.network(toy, blend: blend), item.reference(toy, blend: blend), item.scan.map(Double.init)
    )
    let prediction = try network.predict(item.scans, for: .blended)
    let explanation = try network.explain(
      prediction, targets: prediction.present, stitch: .blended, method: MethodRegistry.method("gradient"))
    let mask = reference.argmax(reference.blendedLogits(scan))
    for (position, target) in explanation.targets.enumerated() {
      let expected = reference.gradient(of: { reference.blendedScore(target, at: $0, mask: mask) }, at: scan)
      #expect(relativeDifference(explanation.attributions(position), expected) < 1e-5, "target \(target)")
    }
  }

  @Test(arguments: WindowCase.all)
  func agg2expGradientIsTheSumOverWindows(_ item: WindowCase) throws {
    let toy = item.toy()
    let (network, reference, scan) = (try item.network(toy), item.reference(toy), item.scan.map(Double.init))
    let prediction = try network.predict(item.scans, for: .agg2exp)
    let explanation = try network.explain(
      prediction, targets: prediction.present, stitch: .agg2exp, method: MethodRegistry.method("gradient"))
    let masks = reference.ownMasks(scan)
    for (position, target) in explanation.targets.enumerated() {
      let expected = reference.gradient(of: { reference.agg2expScore(target, at: $0, masks: masks) }, at: scan)
      #expect(relativeDifference(explanation.attributions(position), expected) < 1e-5, "target \(target)")
    }
  }

  @Test func attributionsFollowTheOrderOfTargets() throws {
    let item = WindowCase.all[0]
    let network = try item.network(item.toy())
    let prediction = try network.predict(item.scans, for: .blended)
    let method = try MethodRegistry.method("gradient")
    let rising = try network.explain(prediction, targets: [1, 2], stitch: .blended, method: method)
    let maps = [rising.attribution(0), rising.attribution(1)]
    let falling = try network.explain(prediction, targets: [2, 1], stitch: .blended, method: method)
    #expect([falling.attribution(1), falling.attribution(0)] == maps)
    #expect(maps[0] != maps[1])
  }

  @Test func aTargetThatIsNotPredictedHasNoAttribution() throws {
    let item = WindowCase.all[0]
    let toy = item.toy(linear: [0, 1], quadratic: [5, 0])
    let network = try item.network(toy)
    let prediction = try network.predict([item.scan.map { abs($0) + 1 }], for: .blended)
    #expect(prediction.present.isEmpty)
    let explanation = try network.explain(
      prediction, targets: [1], stitch: .blended, method: MethodRegistry.method("gradient"))
    #expect(explanation.attribution(0) == [Float](repeating: 0, count: item.count))
    #expect(explanation.calls == NetworkCalls())
  }
}

@Suite struct NetworkCallTests {
  /// Windows in which each target has a voxel, counted from the label map.
  private func windowsWithTarget(_ item: WindowCase, _ labels: [Int32], _ targets: [Int]) -> [Set<Int>] {
    var windows: [Set<Int>] = []
    for x in item.starts[0] {
      for y in item.starts[1] {
        for z in item.starts[2] {
          let low = SIMD3(x, y, z) &- item.before
          windows.append(
            Set(
              labels.indices.filter { index in
                let n = item.extents
                let voxel = SIMD3(index % n.x, index / n.x % n.y, index / (n.x * n.y))
                return all(voxel .>= low) && all(voxel .< low &+ item.roi)
              }.map { Int(labels[$0]) }
            ).intersection(targets))
        }
      }
    }
    return windows
  }

  @Test(arguments: WindowCase.all)
  func windowsWithoutTheTargetAreNotRun(_ item: WindowCase) throws {
    let toy = item.toy()
    let network = try item.network(toy)
    let prediction = try network.predict(item.scans, for: .blended)
    let windows = item.starts.map(\.count).reduce(1, *)
    #expect(network.calls == NetworkCalls(forwards: windows))

    let visits = windowsWithTarget(item, prediction.labelMap(), [1, 2])
    let (runs, pairs) = (visits.count { !$0.isEmpty }, visits.map(\.count).reduce(0, +))
    let lastIsTaped = visits.last?.isEmpty == false ? 1 : 0
    let gradient = try network.explain(
      prediction, targets: [1, 2], stitch: .blended, method: MethodRegistry.method("vg"))
    #expect(gradient.calls == NetworkCalls(forwards: runs - lastIsTaped, backwards: pairs))

    var options = MethodOptions()
    options.steps = 3
    let path = try network.explain(
      prediction, targets: [1, 2], stitch: .blended, method: MethodRegistry.method("ig", options: options))
    #expect(path.calls == NetworkCalls(forwards: 4 * runs, backwards: 3 * pairs))
    #expect(network.calls == NetworkCalls(forwards: toy.forwards, backwards: toy.backwards))
  }

  @Test(arguments: WindowCase.all, [2, 1000])
  func windowsWhoseTapesAreKeptRunOnce(_ item: WindowCase, tapes: Int) throws {
    for stitch in Stitch.allCases {
      let (toy, lean) = (item.toy(tapes: tapes), item.toy())
      let (network, reference) = (try item.network(toy), try item.network(lean))
      let prediction = try network.predict(item.scans, for: stitch)
      let windows = item.starts.map(\.count).reduce(1, *)
      #expect(network.calls.forwards == windows)
      let expected = try reference.predict(item.scans, for: stitch)
      for name in ["vg", "ig"] {
        let method = try MethodRegistry.method(name)
        let found = try network.explain(prediction, targets: [1, 2], stitch: stitch, method: method)
        let once = try reference.explain(expected, targets: [1, 2], stitch: stitch, method: method)
        for position in 0..<2 {
          #expect(found.attributions(position) == once.attributions(position), "\(stitch) \(name)")
        }
        #expect(found.calls.backwards == once.calls.backwards)
        if name == "vg", tapes >= windows { #expect(found.calls.forwards == 0) }
      }
    }
  }

  /// A window runs again where another explanation, or an earlier batch of targets, has read its tape.
  @Test(arguments: WindowCase.all, [1, 2])
  func tapesThatAreReadOnceGiveTheSame(_ item: WindowCase, cotangents: Int) throws {
    let (toy, lean) = (item.toy(cotangents: cotangents), item.toy(cotangents: cotangents))
    toy.readsTapeOnce = true
    let (network, reference) = (try item.network(toy), try item.network(lean))
    let prediction = try network.predict(item.scans, for: .blended)
    let expected = try reference.predict(item.scans, for: .blended)
    for name in ["vg", "vg", "ig"] {
      let method = try MethodRegistry.method(name)
      let found = try network.explain(prediction, targets: [1, 2], stitch: .blended, method: method)
      let other = try reference.explain(expected, targets: [1, 2], stitch: .blended, method: method)
      for position in 0..<2 { #expect(found.attributions(position) == other.attributions(position), "\(name)") }
      #expect(found.calls.backwards == other.calls.backwards)
    }
    #expect(toy.forwards >= lean.forwards)
  }

  @Test(arguments: WindowCase.all, [2, 3])
  func targetsGoBackTogether(_ item: WindowCase, cotangents: Int) throws {
    for stitch in Stitch.allCases {
      let (toy, lean) = (item.toy(cotangents: cotangents), item.toy())
      let (network, reference) = (try item.network(toy), try item.network(lean))
      let prediction = try network.predict(item.scans, for: stitch)
      let expected = try reference.predict(item.scans, for: stitch)
      for name in ["vg", "sg"] {
        let method = try MethodRegistry.method(name)
        let found = try network.explain(prediction, targets: [3, 1, 2], stitch: stitch, method: method)
        let alone = try reference.explain(expected, targets: [3, 1, 2], stitch: stitch, method: method)
        for position in 0..<3 {
          #expect(found.attributions(position) == alone.attributions(position), "\(stitch) \(name)")
        }
        #expect(found.calls == alone.calls)
      }
      let most = windowsWithTarget(item, prediction.labelMap(), [1, 2, 3]).map(\.count).max() ?? 0
      if stitch == .blended { #expect(toy.largestBatch == min(cotangents, most)) }
      #expect(toy.largestBatch > 1)
    }
  }

  /// Counted by hand: 7x6x5 voxels, 24 windows of 4x3x4 that advance along the second axis, 4 classes, 2 of them
  /// explained; floats of 4 bytes, labels of 2.
  @Test(arguments: [
    (Stitch.blended, false, 1, 4 * (4 * 210 + 4 * 48) + 2 * 210),
    (Stitch.blended, true, 1, 4 * (5 * 210 + 4 * 48) + 2 * 210),
    (Stitch.agg2exp, false, 1, 4 * (4 * 210 + 4 * 48) + 2 * (210 + 24 * 48)),
    (Stitch.blended, false, 2, 4 * (4 * 210 + 6 * 48) + 2 * 210),
  ])
  func memoryIsStated(_ stitch: Stitch, _ perturbing: Bool, _ cotangents: Int, _ bytes: Int) throws {
    let item = WindowCase.all[0]
    let windows = try SlidingWindow(extents: item.extents, roi: item.roi, overlap: [0.5, 0.5, 0.5])
    let memory = WindowedNetwork.memory(
      model: item.toy(), windows: windows, targets: 2, stitch: stitch, perturbing: perturbing, cotangents: cotangents)
    #expect(memory == bytes)
  }

  /// A window alone needs no sums of logits: 4x3x4 voxels.
  @Test func memoryOfOneWindowIsStated() throws {
    let windows = try SlidingWindow(extents: [4, 3, 4], roi: [4, 3, 4], overlap: [0.5, 0.5, 0.5])
    let memory = WindowedNetwork.memory(
      model: ToyNetwork(roi: [4, 3, 4]), windows: windows, targets: 2, stitch: .blended, perturbing: false,
      cotangents: 1)
    #expect(memory == 4 * (4 * 48 + 4 * 48) + 2 * 48)
  }

  /// Of the three images there are scan, perturbed scan, two attributions, a window and its gradient; one cotangent is of
  /// one class.
  @Test func memoryOfSeveralImagesIsStated() throws {
    let windows = try SlidingWindow(extents: [4, 3, 4], roi: [4, 3, 4], overlap: [0.5, 0.5, 0.5])
    let memory = WindowedNetwork.memory(
      model: ToyNetwork(roi: [4, 3, 4], images: [1, 1, 1]), windows: windows, targets: 2, stitch: .blended,
      perturbing: true, cotangents: 1)
    #expect(memory == 4 * ((3 + 3 + 2 * 3 + 1) * 48 + (3 + 3 + 1 + 1) * 48) + 2 * 48)
  }

  @Test func progressEndsWithItsTotal() throws {
    let item = WindowCase.all[0]
    let network = try item.network(item.toy())
    var seen: [Progress] = []
    let prediction = try network.predict(item.scans, for: .blended) { seen.append($0) }
    #expect(seen.map(\.completed) == Array(1...24))
    #expect(seen.allSatisfy { $0.stage == .predicting && $0.total == 24 })
    seen = []
    _ = try network.explain(
      prediction, targets: [1], stitch: .blended, method: MethodRegistry.method("smoothgrad")
    ) { seen.append($0) }
    #expect(seen.map(\.completed) == Array(1...seen.count))
    #expect(seen.allSatisfy { $0.stage == .explaining && $0.total == seen.count })
  }
}
