import Foundation
import Testing
import VoxGrid
import _VoxTestSupport

@Suite("Low-pass before coarser sampling")
struct LowPassTests {
  /// A wave along the first axis.
  private func wave(period: Double) -> Volume<Float> {
    let grid = Grid(dimensions: [240, 6, 5], affine: .identity)
    return Volume(
      grid: grid, voxels: (0..<grid.count).map { Float(cos(2 * .pi * Double(grid.index($0).x) / period)) })
  }

  private func amplitude(_ volume: Volume<Float>) -> Float {
    // The outermost voxels are left out: their filter is one-sided.
    (2..<volume.grid.dimensions.x - 2).map { abs(volume[$0, 2, 2]) }.max() ?? 0
  }

  @Test("a wave too short for the new grid goes, a long one stays", arguments: [Interpolation.linear, .cubic])
  func waves(interpolation: Interpolation) throws {
    let short = wave(period: 4.2)
    let target = short.grid.respaced(to: [4, 1, 1])
    let plain = try short.resampled(onto: target, interpolation: interpolation, fill: 0)
    let filtered = try short.resampled(onto: target, interpolation: interpolation, fill: 0, antialias: true)
    #expect(amplitude(plain) > 0.5)
    #expect(amplitude(filtered) < 0.1)
    let long = try wave(period: 60).resampled(onto: target, interpolation: interpolation, fill: 0, antialias: true)
    #expect(amplitude(long) > 0.95)
  }

  @Test("a constant stays exactly, up to the ends", arguments: [Interpolation.linear, .cubic])
  func constant(interpolation: Interpolation) throws {
    let volume = Volume<Float>(grid: Grid(dimensions: [31, 20, 9], affine: .identity), repeating: 1234.5)
    let out = try volume.resampled(
      onto: volume.grid.respaced(to: [3, 2, 4]), interpolation: interpolation, fill: 0, antialias: true)
    for value in out.voxels { #expect(interpolation == .linear ? value == 1234.5 : abs(value - 1234.5) < 1e-3) }
  }

  @Test("so does a line of fewer voxels than the Gaussian is long", arguments: [1, 2, 3])
  func small(count: Int) throws {
    let volume = Volume<Float>(grid: Grid(dimensions: [count, count, 1], affine: .identity), repeating: 0.1)
    let target = Grid(dimensions: [1, 1, 1], affine: Affine(spacing: [6, 6, 6]))
    #expect(try volume.resampled(onto: target, fill: 0, antialias: true).voxels == [0.1])
  }

  @Test("only axes that become coarser are filtered, also where the target's axes are in another order")
  func axes() throws {
    let wave = wave(period: 2)
    let across = wave.grid.respaced(to: [1, 2, 2])
    let kept = try wave.resampled(onto: across, fill: 0, antialias: true)
    #expect(kept.voxels.allSatisfy { abs(abs($0) - 1) < 1e-5 })
    let along = wave.grid.respaced(to: [2.2, 1, 1]).reoriented(to: try #require(Orientation("SAR")))
    let filtered = try wave.resampled(onto: along, fill: 0, antialias: true)
    #expect(filtered.voxels.map(abs).max() ?? 1 < 0.2)
    // A step of 2 voxels that is shared evenly by two axes is one of 1.4 along each.
    let shared = Affine(x: [2, 2, 0] / 2.0.squareRoot(), y: [-1, 1, 0] / 2.0.squareRoot(), z: [0, 0, 1], t: .zero)
    let oblique = Grid(dimensions: [5, 3, 2], affine: shared)
    let plain = try wave.resampled(onto: oblique, fill: 0)
    #expect(try wave.resampled(onto: oblique, fill: 0, antialias: true) == plain)
  }

  @Test("up to a ratio of 1.5 nothing is filtered, and nothing ever with nearest")
  func threshold() throws {
    let volume = noise([30, 30, 30], seed: 6)
    func same(_ spacing: SIMD3<Double>, _ interpolation: Interpolation) throws -> Bool {
      let target = volume.grid.respaced(to: spacing)
      let plain = try volume.resampled(onto: target, interpolation: interpolation, fill: 0)
      return try volume.resampled(onto: target, interpolation: interpolation, fill: 0, antialias: true) == plain
    }
    #expect(try same([1.5, 1.2, 0.5], .linear))
    #expect(try same([1.5, 1.2, 0.5], .cubic))
    #expect(try same([3, 3, 3], .nearest))
    #expect(try !same([1, 1.6, 1], .linear))
  }

  @Test(
    "the filter is the Gaussian of the paper's width, whatever the axis and the number of threads", arguments: 0..<3)
  func impulse(axis: Int) throws {
    var volume = Volume<Float>(grid: Grid(dimensions: [41, 41, 41], affine: .identity), repeating: 0)
    volume[20, 20, 20] = 1
    var spacing = SIMD3<Double>(1, 1, 1)
    spacing[axis] = 3
    // The middle of every third voxel is a voxel centre.
    var target = volume.grid
    target.affine[axis] *= 3
    target.dimensions[axis] = 13
    target.affine.t[axis] = 2
    let out = try volume.resampled(onto: target, fill: 0, antialias: true, threads: 3)
    let sigma = 8.0.squareRoot() / (2 * (2 * log(2.0)).squareRoot())
    let total = (-5...5).reduce(0) { $0 + exp(-0.5 * Double($1 * $1) / (sigma * sigma)) }
    for i in 0..<13 {
      var index = SIMD3(20, 20, 20)
      index[axis] = i
      let distance = Double(2 + 3 * i - 20)
      let expected = abs(distance) <= 5 ? exp(-0.5 * distance * distance / (sigma * sigma)) / total : 0
      #expect(abs(Double(out[index.x, index.y, index.z]) - expected) < 1e-6)
    }
    #expect(try volume.resampled(onto: target, fill: 0, antialias: true) == out)
  }
}

extension Volume where Element: Equatable {
  /// Whether grid and voxels are equal.
  static func == (a: Volume, b: Volume) -> Bool { a.grid == b.grid && a.voxels == b.voxels }
}
