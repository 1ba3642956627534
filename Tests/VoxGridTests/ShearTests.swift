import Foundation
import Testing
import VoxGrid
import _VoxTestSupport

@Suite("Sheared grids")
struct ShearTests {
  /// The sform of `shear.nii.gz` of the shared data: the columns are inclined in the slices' plane.
  private static let real = Grid(
    dimensions: [306, 422, 54],
    affine: Affine(
      rows: [0.482_421_88, 0, 0, -94.379_356_38], [0, 0.457_492_05, 0, -117.106_018_07],
      [0, 0.153_074_74, 2.370_809_32, -102.203_552_25]))

  /// A grid with all axes askew.
  private static func sheared(_ seed: UInt64) -> Grid {
    var generator = SeededGenerator(seed: seed)
    func vector(_ r: ClosedRange<Double>) -> SIMD3<Double> {
      SIMD3((0..<3).map { _ in Double.random(in: r, using: &generator) })
    }
    let affine = Affine(
      x: [1, 0, 0] + vector(-0.4...0.4), y: [0, -1, 0] + vector(-0.4...0.4), z: [0, 0, 3] + vector(-1...1),
      t: vector(-50...50))
    return Grid(dimensions: [9, 8, 7], affine: affine)
  }

  /// A rotation by seeded angles.
  private static func rotation(_ generator: inout SeededGenerator) -> Affine {
    func vector() -> SIMD3<Double> { SIMD3((0..<3).map { _ in Double.random(in: -1...1, using: &generator) }) }
    let x = (vector() + [0.1, 0, 0]).normalized
    let z = x.cross(vector() + [0, 0.1, 0]).normalized
    return Affine(x: x, y: z.cross(x), z: z, t: .zero)
  }

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
    let diagonal = (24.0 * 24 + 80 * 80).squareRoot()
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

  @Test(
    "the displacement is what the shear moves the grid's corners by, about its centre",
    arguments: [([100, 100, 1], 1e-3), ([400, 100, 20], 1e-4), ([10, 10, 10], 1e-5)] as [(SIMD3<Int>, Double)])
  func displacement(dimensions: SIMD3<Int>, angle: Double) {
    var generator = SeededGenerator(seed: 5)
    let skewed = Affine(x: [1, 0, 0], y: [sin(angle), cos(angle), 0], z: [0, 0, -1], t: [3, 4, 5])
    let grid = Grid(dimensions: dimensions, affine: Self.rotation(&generator) * skewed)
    // Turning both sides so that each takes its share of the angle in least squares leaves an error of
    // a b angle / sqrt(a^2 + b^2) over the two, to first order.
    let (a, b) = (Double(dimensions.x), Double(dimensions.y))
    let (turnX, turnY) = (b * b / (a * a + b * b) * angle, a * a / (a * a + b * b) * angle)
    let expected = ((a * turnX) * (a * turnX) + (b * turnY) * (b * turnY)).squareRoot() / 2
    #expect(abs(grid.shearDisplacement - expected) < expected * 0.01)
    #expect(grid.isOrthogonal == (expected <= Grid.tolerance))
  }

  @Test("a flat or broken affine is infinitely far from perpendicular", arguments: [0, Double.nan, .infinity])
  func broken(value: Double) {
    let grid = Grid(
      dimensions: [3, 3, 3], affine: Affine(x: [1, 0, 0], y: [1, value, 0], z: [0, 0, 1], t: .zero))
    #expect(grid.shearDisplacement == .infinity)
    #expect(throws: GridError.self) { try grid.orthogonalized }
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
    let grid = Self.sheared(seed)
    let affine = grid.affine
    let out = try grid.orthogonalized
    #expect(out.isOrthogonal)
    #expect(out.orientation == grid.orientation)
    #expect((out.affine.x - affine.x).length < 1e-9)
    #expect(abs(out.affine.y.dot(affine.x.cross(affine.y))) < 1e-9)
    #expect(abs(out.affine.y.length - affine.y.length) < 1e-9)
    #expect((affine.determinant > 0) == (out.affine.determinant > 0))
    #expect(out.dimensions.z == grid.dimensions.z)
    let toIndex = try #require(out.affine.inverse)
    let first = toIndex(affine.t)
    #expect((first - first.rounded(.toNearestOrEven)).length < 1e-6)
    for offset in 0..<grid.count {
      let index = toIndex(affine(SIMD3<Double>(grid.index(offset))))
      for axis in 0..<3 { #expect(index[axis] > -1e-5 && index[axis] < Double(out.dimensions[axis] - 1) + 1e-5) }
    }
  }

  @Test("the real sheared grid becomes a rectangular one with slices at the same depths")
  func realGrid() throws {
    let straight = try Self.real.orthogonalized
    // Rows stand perpendicular to the first axis, so that the second axis and its spacing stay.
    // 53 steps of 0.752 mm along the second axis, in voxels of 0.482 mm.
    #expect(straight.dimensions == [306, 422 + 83, 54])
    #expect((straight.affine.y - Self.real.affine.y).length < 1e-9)
    #expect(straight.affine.shear < 1e-12)
    #expect(straight.isOrthogonal)
  }

  @Test(
    "a ramp in the world stays where it was when a sheared volume is straightened", arguments: 0..<10 as Range<UInt64>)
  func ramp(seed: UInt64) throws {
    let grid = Self.sheared(seed)
    let straight = try grid.orthogonalized
    func value(_ p: SIMD3<Double>) -> Double { p.dot([3, -2, 5]) + 7 }
    let volume = Volume(
      grid: grid, voxels: (0..<grid.count).map { Float(value(grid.affine(SIMD3<Double>(grid.index($0))))) })
    let out = try volume.resampled(onto: straight, fill: .nan)
    let toIndex = try #require(grid.affine.inverse)
    let last = SIMD3<Double>(grid.dimensions) - 1
    var inside = 0
    for (offset, found) in out.voxels.enumerated() {
      let world = straight.affine(SIMD3<Double>(straight.index(offset)))
      let index = toIndex(world)
      guard all(index .>= SIMD3(repeating: -1e-9)), all(index .<= last + 1e-9) else { continue }
      #expect(abs(Double(found) - value(world)) < 1e-3)
      inside += 1
    }
    #expect(inside > 0)
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
