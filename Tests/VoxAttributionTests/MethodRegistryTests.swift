import Testing
import VoxAttribution

@Suite struct MethodRegistryTests {
  @Test func namesAreDistinct() {
    let names = MethodRegistry.all.flatMap { [$0.name, $0.shortName] }
    #expect(Set(names).count == names.count)
  }

  @Test(arguments: ["gradient", "vg", "smoothgrad", "sg", "integrated-gradients", "ig"])
  func findsMethods(_ name: String) throws {
    let type = type(of: try MethodRegistry.method(name))
    #expect(type.name == name || type.shortName == name)
  }

  @Test(arguments: [
    ("gradient", []), ("sg", ["samples 20", "noise 0.1", "seed 0"]), ("ig", ["steps 20", "baseline min"]),
  ])
  func methodsStateTheirDefaults(_ name: String, _ settings: [String]) throws {
    #expect(try MethodRegistry.method(name).settings.map { "\($0.option.rawValue) \($0.value)" } == settings)
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let method: String
    let options: MethodOptions
    let message: String
    var testDescription: String { message }

    init(_ method: String, _ message: String, _ set: (inout MethodOptions) -> Void = { _ in }) {
      var options = MethodOptions()
      set(&options)
      (self.method, self.options, self.message) = (method, options, message)
    }
  }

  @Test(arguments: [
    Refusal(
      "nothing",
      "--method: expected one of gradient (vg), smoothgrad (sg), integrated-gradients (ig), found \"nothing\""),
    Refusal("gradient", "--steps: gradient takes no options") { $0.steps = 4 },
    Refusal("sg", "--baseline: smoothgrad takes only --samples, --noise, --seed") { $0.baseline = .zero },
    Refusal("ig", "--seed: integrated-gradients takes only --steps, --baseline") { $0.seed = 1 },
    Refusal("ig", "--steps: expected 1 to 1000, found 0") { $0.steps = 0 },
    Refusal("sg", "--samples: expected 1 to 100000, found -3") { $0.samples = -3 },
    Refusal("sg", "--noise: expected 0.0 to 100.0, found nan") { $0.noise = .nan },
  ])
  func refuses(_ item: Refusal) {
    let error = #expect(throws: AttributionError.self) {
      try MethodRegistry.method(item.method, options: item.options)
    }
    #expect(error == AttributionError(.usage, item.message))
  }

  @Test(arguments: ["", "maximum", "nan", "inf", "1,5"]) func refusesBaseline(_ text: String) {
    #expect(Baseline(text) == nil)
  }
}

@Suite struct RefusalTests {
  private let item = WindowCase.all[0]

  @Test func aNetworkOfAnotherSize() throws {
    let windows = try SlidingWindow(extents: item.extents, roi: [4, 4, 4], overlap: .zero)
    let error = #expect(throws: AttributionError.self) {
      try WindowedNetwork(model: ToyNetwork(roi: [4, 4, 5]), windows: windows, blend: .constant)
    }
    #expect(error == AttributionError(.unsupported, "expected a network input [1,C,4,4,4], found [1,1,4,4,5]"))
  }

  @Test func aScanWithAHole() throws {
    let network = try item.network(item.toy())
    var scan = item.scan
    scan[2 + 7 * (3 + 6 * 4)] = .nan
    let error = #expect(throws: AttributionError.self) { try network.predict([scan], for: .blended) }
    #expect(
      error == AttributionError(.malformedInput, "image 0, voxel (2, 3, 4): expected a finite intensity, found nan"))
  }

  @Test func logitsThatOverflow() throws {
    let network = try item.network(item.toy())
    let error = #expect(throws: AttributionError.self) {
      try network.predict([item.scan.map { $0 * 1e30 }], for: .blended)
    }
    #expect(error?.code == .malformedInput)
  }

  @Test func aScanOfAnotherSize() throws {
    let network = try item.network(item.toy())
    let error = #expect(throws: AttributionError.self) { try network.predict([[0, 1]], for: .blended) }
    #expect(error == AttributionError(.usage, "image 0: expected 210 voxels, found 2"))
  }

  @Test func aScanOfAnotherNumberOfImages() throws {
    let network = try item.network(item.toy())
    let error = #expect(throws: AttributionError.self) { try network.predict([item.scan, item.scan], for: .blended) }
    #expect(error == AttributionError(.usage, "expected 1 images, found 2"))
  }

  @Test(arguments: [[4], [-1], [1, 2, 1]]) func targets(_ targets: [Int]) throws {
    let network = try item.network(item.toy())
    let prediction = try network.predict(item.scans, for: .blended)
    let error = #expect(throws: AttributionError.self) {
      try network.explain(prediction, targets: targets, stitch: .blended, method: MethodRegistry.method("vg"))
    }
    #expect(error?.code == .usage)
  }

  @Test func aPredictionForTheOtherStitch() throws {
    let network = try item.network(item.toy())
    let prediction = try network.predict(item.scans, for: .blended)
    let error = #expect(throws: AttributionError.self) {
      try network.explain(prediction, targets: [1], stitch: .agg2exp, method: MethodRegistry.method("vg"))
    }
    #expect(error?.code == .usage)
  }
}
