import Testing
import VoxRender

@Suite struct ColormapTests {
  struct Endpoints: CustomTestStringConvertible, Sendable {
    let name: String
    let low: Color
    let middle: Color?
    let high: Color
    var testDescription: String { name }
  }

  static let endpoints = [
    Endpoints(name: "coolwarm", low: Color(59, 76, 192), middle: Color(221, 221, 221), high: Color(180, 4, 38)),
    Endpoints(name: "inferno", low: Color(0, 0, 4), middle: nil, high: Color(252, 255, 164)),
    Endpoints(name: "gray", low: Color(0, 0, 0), middle: nil, high: Color(255, 255, 255)),
  ]

  @Test("ends and middle are the published colours", arguments: endpoints)
  func ends(_ expected: Endpoints) throws {
    let map = try #require(Colormap.named(expected.name))
    #expect(isClose(map.color(at: 0), expected.low))
    #expect(isClose(map.color(at: 1), expected.high))
    if let middle = expected.middle { #expect(isClose(map.color(at: 0.5), middle)) }
  }

  @Test("every map is listed once and has a summary")
  func registry() {
    #expect(Set(Colormap.all.map(\.name)).count == Colormap.all.count)
    #expect(Colormap.all.allSatisfy { !$0.summary.isEmpty })
    #expect(Colormap.named("COOLWARM")?.name == "coolwarm")
    #expect(Colormap.named("rainbow") == nil)
  }

  @Test("lightness rises evenly in a sequential map", arguments: Colormap.all.filter { !$0.isDiverging }.map(\.name))
  func sequentialLightness(_ name: String) throws {
    let map = try #require(Colormap.named(name))
    let lightness = (0...100).map { map.color(at: Double($0) / 100).lightness }
    #expect(zip(lightness, lightness.dropFirst()).allSatisfy { $1 >= $0 })
    let step = (lightness[100] - lightness[0]) / 10
    for decile in 0..<10 {
      let rise = lightness[10 * decile + 10] - lightness[10 * decile]
      #expect(rise > 0.5 * step && rise < 1.6 * step, "decile \(decile) rises by \(rise)")
    }
  }

  @Test(
    "lightness falls from the middle of a diverging map, alike on both arms",
    arguments: Colormap.all.filter(\.isDiverging).map(\.name))
  func divergingLightness(_ name: String) throws {
    let map = try #require(Colormap.named(name))
    let arm = { (sign: Double) in (0...50).map { map.color(signed: sign * Double($0) / 50).lightness } }
    let (positive, negative) = (arm(1), arm(-1))
    for lightness in [positive, negative] {
      #expect(zip(lightness, lightness.dropFirst()).allSatisfy { $1 < $0 + 0.5 })
    }
    #expect(zip(positive, negative).allSatisfy { abs($0 - $1) < 8 })
  }

  @Test("positions outside 0...1 are clamped", arguments: Colormap.all.map(\.name))
  func clamping(_ name: String) throws {
    let map = try #require(Colormap.named(name))
    #expect(map.color(at: -3) == map.color(at: 0))
    #expect(map.color(at: 7) == map.color(at: 1))
    #expect(map.color(at: .nan) == map.color(at: 0))
  }

  @Test("a sequential map shows magnitudes")
  func magnitude() {
    #expect(Colormap.inferno.color(signed: -0.4) == Colormap.inferno.color(signed: 0.4))
    #expect(Colormap.coolWarm.color(signed: -0.4) != Colormap.coolWarm.color(signed: 0.4))
  }

  private func isClose(_ a: Color, _ b: Color) -> Bool {
    let d = (a.components - b.components) * 255
    return max(abs(d.x), abs(d.y), abs(d.z)) <= 1.5
  }
}
