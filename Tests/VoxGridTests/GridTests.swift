import Testing
import VoxGrid
import _VoxTestSupport

@Suite("Grid and affine")
struct GridTests {
  @Test("an affine and its inverse cancel", arguments: 0..<50)
  func inverse(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    func vector() -> SIMD3<Double> { SIMD3((0..<3).map { _ in Double.random(in: -5...5, using: &generator) }) }
    let affine = Affine(x: vector(), y: vector(), z: vector(), t: vector() * 100)
    guard abs(affine.determinant) > 0.1 else { return }
    let inverse = try #require(affine.inverse)
    #expect((affine * inverse).isClose(to: .identity, tolerance: 1e-8))
    #expect((inverse * affine).isClose(to: .identity, tolerance: 1e-8))
    let point = vector()
    #expect((inverse(affine(point)) - point).length < 1e-8)
  }

  @Test("a flat affine has no inverse")
  func singular() {
    #expect(Affine(x: [1, 0, 0], y: [2, 0, 0], z: [0, 0, 1], t: .zero).inverse == nil)
    #expect(Affine(x: [.nan, 0, 0], y: [0, 1, 0], z: [0, 0, 1], t: .zero).inverse == nil)
  }

  @Test("whether an affine has an inverse does not depend on the size of its voxels", arguments: [1e-4, 1e-9, 1, 1e6])
  func scale(size: Double) throws {
    let affine = Affine(x: [0, size, 0], y: [-size, 0, 0], z: [0, 0, 2 * size], t: SIMD3(1, 2, 3) * size)
    let inverse = try #require(affine.inverse)
    #expect((inverse(affine([3, 4, 5])) - [3, 4, 5]).length < 1e-9)
    let flat = Affine(x: [size, 0, 0], y: [size, size * 1e-12, 0], z: [0, 0, size], t: .zero)
    #expect(flat.inverse == nil)
  }

  @Test("offset and index are each other's inverse")
  func offsets() {
    let grid = Grid(dimensions: [3, 4, 5], affine: .identity)
    for offset in 0..<grid.count {
      let index = grid.index(offset)
      #expect(grid.offset(index.x, index.y, index.z) == offset)
    }
  }

  struct Respacing: CustomTestStringConvertible, Sendable {
    let dimensions: SIMD3<Int>
    let from: SIMD3<Double>
    let to: SIMD3<Double>
    let expected: SIMD3<Int>
    var testDescription: String { "\(dimensions) of \(from) mm to \(to) mm" }
  }

  @Test(
    "another spacing keeps the field of view",
    arguments: [
      Respacing(dimensions: [100, 100, 50], from: [1, 1, 2], to: [2, 2, 2], expected: [50, 50, 50]),
      Respacing(dimensions: [512, 512, 20], from: [0.9766, 0.9766, 2], to: [3, 3, 3], expected: [167, 167, 13]),
      Respacing(dimensions: [10, 10, 10], from: [3, 3, 3], to: [1, 1.5, 30], expected: [30, 20, 1]),
      Respacing(dimensions: [5, 1, 1], from: [1, 1, 1], to: [100, 100, 100], expected: [1, 1, 1]),
    ])
  func respaced(_ example: Respacing) {
    var affine = Affine(spacing: example.from, origin: [10, 20, 30])
    affine.x *= -1
    let grid = Grid(dimensions: example.dimensions, affine: affine)
    let out = grid.respaced(to: example.to)
    #expect(out.dimensions == example.expected)
    #expect((out.spacing - example.to).length < 1e-9)
    #expect(out.orientation == grid.orientation)
    // The outer corner of the first voxel stays, the far corner moves by half a new voxel at the most; a voxel longer
    // than the axis has its centre.
    let near = out.affine(SIMD3(repeating: -0.5)) - grid.affine(SIMD3(repeating: -0.5))
    for axis in 0..<3 {
      if example.to[axis] <= example.from[axis] * Double(example.dimensions[axis]) {
        #expect(abs(near[axis]) < 1e-9)
      } else {
        #expect(abs(out.center[axis] - grid.center[axis]) < 1e-9)
      }
    }
    let far = out.affine(SIMD3<Double>(out.dimensions) - 0.5) - grid.affine(SIMD3<Double>(grid.dimensions) - 0.5)
    for axis in 0..<3 where example.expected[axis] > 1 { #expect(abs(far[axis]) <= example.to[axis] / 2 + 1e-9) }
  }
}
