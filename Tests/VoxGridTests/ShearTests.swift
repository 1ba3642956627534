import Testing
import VoxGrid
import _VoxTestSupport

@Suite("Sheared grids")
struct ShearTests {
  /// A stack of slices tilted by a number of millimetres along the second axis at every step.
  private func tilted(by shift: Double, slices: Int = 20) -> Grid {
    let affine = Affine(x: [-0.5, 0, 0], y: [0, -0.5, 0], z: [0, shift, 4], t: [60, 50, -30])
    return Grid(dimensions: [64, 48, slices], affine: affine)
  }

  @Test("the tolerance is of the largest displacement in millimetres")
  func tolerance() {
    #expect(tilted(by: 0).isOrthogonal)
    #expect(tilted(by: 0.001).isOrthogonal)
    #expect(!tilted(by: 0.3).isOrthogonal)
    #expect(!tilted(by: 1.3, slices: 1).isOrthogonal)
    // The sides are 24 and 80 mm and the angle is a hundredth: the short one turns by nearly all of it.
    let diagonal = Double(24 * 24 + 80 * 80).squareRoot()
    let expected = 0.005 * 24 * 80 / diagonal
    #expect(abs(tilted(by: 0.04).shearDisplacement - expected) < 0.01)
    let flat = Grid(dimensions: [2, 2, 2], affine: Affine(x: [1, 0, 0], y: [1, 0, 0], z: [0, 0, 1], t: .zero))
    #expect(!flat.isOrthogonal)
    #expect(throws: GridError.self) { try flat.orthogonalized }
  }

  @Test("a grid with perpendicular axes stays, however it is turned", arguments: Orientation.all)
  func unchanged(orientation: Orientation) throws {
    let c = 0.8, s = 0.6
    let affine = Affine(x: [0.7 * c, 0.7 * s, 0], y: [-0.9 * s, 0.9 * c, 0], z: [0, 0, 3], t: [1, 2, 3])
    let grid = Grid(dimensions: [30, 20, 10], affine: affine).reoriented(to: orientation)
    #expect(grid.shearDisplacement < 1e-9)
    #expect(try grid.orthogonalized == grid)
  }

  @Test("a tilted stack is covered by a grid on whose voxel centres the first slice lies")
  func tilt() throws {
    let out = try tilted(by: 1.3).orthogonalized
    // 19 steps of 1.3 mm against the second axis, in voxels of 0.5 mm.
    #expect(out.dimensions == [64, 48 + 50, 20])
    #expect((out.spacing - [0.5, 0.5, 4]).length < 1e-9)
    #expect((out.affine([0, 50, 0]) - [60, 50, -30]).length < 1e-9)
  }

  @Test(
    "every voxel centre of a sheared grid lies inside, and the axes are as said", arguments: 0..<40 as Range<UInt64>)
  func covers(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    func vector(_ r: ClosedRange<Double>) -> SIMD3<Double> {
      SIMD3((0..<3).map { _ in Double.random(in: r, using: &generator) })
    }
    let affine = Affine(
      x: [1, 0, 0] + vector(-0.4...0.4), y: [0, -1, 0] + vector(-0.4...0.4), z: [0, 0, 3] + vector(-1...1),
      t: vector(-50...50))
    let grid = Grid(dimensions: [9, 8, 7], affine: affine)
    let out = try grid.orthogonalized
    #expect(out.isOrthogonal)
    #expect(out.orientation == grid.orientation)
    #expect((out.affine.x - affine.x).length < 1e-9)
    #expect(abs(out.affine.y.dot(affine.x.cross(affine.y))) < 1e-9)
    #expect(abs(out.affine.y.length - affine.y.length) < 1e-9)
    #expect((affine.determinant > 0) == (out.affine.determinant > 0))
    let toIndex = try #require(out.affine.inverse)
    let first = toIndex(affine.t)
    #expect((first - first.rounded(.toNearestOrEven)).length < 1e-6)
    for offset in 0..<grid.count {
      let index = toIndex(affine(SIMD3<Double>(grid.index(offset))))
      for axis in 0..<3 { #expect(index[axis] > -1e-5 && index[axis] < Double(out.dimensions[axis] - 1) + 1e-5) }
    }
  }

  @Test("a shear that takes too many voxels to cover is an error")
  func excessive() {
    let affine = Affine(x: [1, 0, 0], y: [0, 1, 0], z: [1e9, 0, 1e3], t: .zero)
    let error = #expect(throws: GridError.self) { try Grid(dimensions: [5, 5, 5], affine: affine).orthogonalized }
    guard case .excessiveShear = error else {
      Issue.record("expected an excessive shear, found \(String(describing: error))")
      return
    }
  }
}
