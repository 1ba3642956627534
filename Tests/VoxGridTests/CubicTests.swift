import Foundation
import Testing
import VoxGrid
import _VoxTestSupport

@Suite("Cubic B-spline")
struct CubicTests {
  /// A grid of one voxel at a position of another.
  private func point(_ index: SIMD3<Double>, of grid: Grid) -> Grid {
    var affine = grid.affine
    affine.t = grid.affine(index)
    return Grid(dimensions: [1, 1, 1], affine: affine)
  }

  @Test("values equal SciPy's, along the axes and obliquely", arguments: 0..<3)
  func golden(number: Int) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Golden/bspline/spline_\(number).csv")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
      line.split(separator: ",").compactMap { Double($0) }
    }
    let n = SIMD3<Int>(Int(lines[0][0]), Int(lines[0][1]), Int(lines[0][2]))
    let affine = Affine(x: [-1.1, 0.2, 0], y: [0.1, 1.3, -0.2], z: [0.2, 0.1, 2.1], t: [3, -4, 5])
    let volume = Volume<Float>(grid: Grid(dimensions: n, affine: affine), voxels: lines[1].map { Float($0) })
    #expect(lines.count == 26)
    for line in lines.dropFirst(2) {
      let single = point([line[0], line[1], line[2]], of: volume.grid)
      // A second voxel makes a grid oblique; the first one lies where the single one does.
      var oblique = single
      oblique.dimensions.x = 2
      oblique.affine.x += affine.y * 0.3
      for target in [single, oblique] {
        let value = try volume.resampled(onto: target, interpolation: .cubic, fill: -5000).voxels[0]
        #expect(abs(Double(value) - line[3]) < 5e-3, "\(line)")
      }
    }
  }

  @Test("a cubic polynomial is reproduced away from the ends")
  func polynomial() throws {
    let grid = Grid(dimensions: [40, 40, 40], affine: Affine(spacing: [1, 1, 1]))
    func value(_ p: SIMD3<Double>) -> Double {
      let q = (p - 20) / 10
      return q.x * q.x * q.x - 2 * q.x * q.y * q.z + 3 * q.y * q.y - q.z * q.z * q.z + 0.5
    }
    let volume = Volume<Float>(
      grid: grid, voxels: (0..<grid.count).map { Float(value(SIMD3<Double>(grid.index($0)))) })
    let target = Grid(
      dimensions: [10, 10, 10], affine: Affine(spacing: [0.73, 0.61, 0.87], origin: [15.3, 16.1, 15.7]))
    let out = try volume.resampled(onto: target, interpolation: .cubic, fill: 0)
    for offset in 0..<target.count {
      let expected = value(target.affine(SIMD3<Double>(target.index(offset))))
      #expect(abs(Double(out.voxels[offset]) - expected) < 1e-4)
    }
  }

  @Test(
    "at voxel centres it is the voxel's value",
    arguments: [[9, 8, 7], [1, 1, 1], [2, 1, 3], [1, 2, 40], [24, 25, 26], [17, 33, 2]] as [SIMD3<Int>])
  func centers(dimensions: SIMD3<Int>) throws {
    let volume = noise(dimensions, seed: 3)
    // Whole voxels off, so that the grids differ; the first voxel of every axis lies outside.
    var shifted = Grid(dimensions: dimensions &+ 1, affine: volume.grid.affine)
    shifted.affine.t = volume.grid.affine([-1, -1, -1])
    let out = try volume.resampled(onto: shifted, interpolation: .cubic, fill: -7, threads: 2)
    for offset in 0..<shifted.count {
      let index = shifted.index(offset)
      let inside = index.x > 0 && index.y > 0 && index.z > 0
      let expected = inside ? volume[index.x - 1, index.y - 1, index.z - 1] : -7
      #expect(abs(out.voxels[offset] - expected) < 2e-3)
    }
  }

  @Test("a constant volume stays constant up to half a voxel beyond it, and ends there")
  func constant() throws {
    let volume = Volume<Float>(grid: Grid(dimensions: [5, 6, 30], affine: .identity), repeating: 1234)
    let target = Grid(
      dimensions: [13, 15, 40], affine: Affine(spacing: [0.5, 0.5, 0.8], origin: [-0.75, -0.75, -0.75]))
    let out = try volume.resampled(onto: target, interpolation: .cubic, fill: -1)
    for (offset, value) in out.voxels.enumerated() {
      let position = target.affine(SIMD3<Double>(target.index(offset)))
      let inside = (0..<3).allSatisfy {
        position[$0] >= -0.5 && position[$0] <= Double(volume.grid.dimensions[$0]) - 0.5
      }
      #expect(abs(value - (inside ? 1234 : -1)) < 1e-3)
    }
  }

  @Test("the volume itself does not change, and the number of threads does not matter")
  func threads() throws {
    let volume = noise([19, 35, 18], seed: 5)
    let before = volume.voxels
    let target = volume.grid.respaced(to: [0.7, 0.8, 1.3])
    let one = try volume.resampled(onto: target, interpolation: .cubic, fill: 0)
    for threads in [2, 3, 16] {
      let many = try volume.resampled(onto: target, interpolation: .cubic, fill: 0, threads: threads)
      #expect(many.voxels == one.voxels)
    }
    #expect(volume.voxels == before)
  }

  @Test("it reaches half a voxel beyond the centres, no farther", arguments: Interpolation.allCases)
  func border(interpolation: Interpolation) throws {
    let volume = noise([5, 5, 5], seed: 4)
    for (position, inside) in [(-0.49, true), (-0.51, false), (4.49, true), (4.51, false)] {
      let out = try volume.resampled(
        onto: point([position, 2, 2], of: volume.grid), interpolation: interpolation, fill: 12345)
      #expect((out.voxels[0] != 12345) == inside)
    }
  }

  @Test(
    "grids along the axes take values equal to those of grids a hair askew",
    arguments: [Interpolation.linear, .cubic], ["RAS", "LPS", "ASR", "SRA", "RSA", "PIL"])
  func fastPath(interpolation: Interpolation, code: String) throws {
    let volume = noise([23, 19, 17], seed: 5)
    let along = volume.grid.reoriented(to: try #require(Orientation(code))).respaced(to: [0.7, 1.9, 1.3])
    var askew = along
    askew.affine.x += askew.affine.y * 1e-5
    let fast = try volume.resampled(onto: along, interpolation: interpolation, fill: 0, threads: 2)
    let slow = try volume.resampled(onto: askew, interpolation: interpolation, fill: 0, threads: 2)
    for (a, b) in zip(fast.voxels, slow.voxels) { #expect(abs(a - b) < 2) }
    let alone = try volume.resampled(onto: along, interpolation: interpolation, fill: 0)
    #expect(alone.voxels == fast.voxels)
  }
}

/// Random values from -1000 to 1000 on voxels of 1 mm.
func noise(_ dimensions: SIMD3<Int>, seed: UInt64) -> Volume<Float> {
  var generator = SeededGenerator(seed: seed)
  let grid = Grid(dimensions: dimensions, affine: .identity)
  return Volume(grid: grid, voxels: (0..<grid.count).map { _ in Float.random(in: -1000...1000, using: &generator) })
}
