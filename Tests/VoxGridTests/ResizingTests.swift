import Testing
import VoxGrid
import _VoxTestSupport

@Suite("Cropping and padding")
struct ResizingTests {
  @Test(
    "kept voxels keep value and place, the rest is filled",
    arguments: [[4, 3, 5], [5, 4, 6], [3, 2, 4], [7, 1, 8], [2, 9, 5], [1, 1, 1]] as [SIMD3<Int>])
  func places(dimensions: SIMD3<Int>) throws {
    let affine = Affine(x: [-0.9, 0.1, 0.05], y: [0.1, -1.4, 0.2], z: [0, 0.3, 2.5], t: [12, -7, 30])
    let volume = Volume(grid: Grid(dimensions: [4, 3, 5], affine: affine), voxels: (1...60).map { "\($0)" })
    let out = volume.resized(to: dimensions, fill: "outside")
    #expect(out.grid.dimensions == dimensions)
    #expect(out.grid == volume.grid.resized(to: dimensions))
    let toIndex = try #require(affine.inverse)
    var kept = 0
    for offset in 0..<out.grid.count {
      let position = toIndex(out.grid.affine(SIMD3<Double>(out.grid.index(offset))))
      let index = SIMD3((0..<3).map { Int(position[$0].rounded()) })
      #expect((SIMD3<Double>(index) - position).length < 1e-9)
      let inside = (0..<3).allSatisfy { index[$0] >= 0 && index[$0] < volume.grid.dimensions[$0] }
      #expect(out.voxels[offset] == (inside ? volume[index.x, index.y, index.z] : "outside"))
      kept += inside ? 1 : 0
    }
    #expect(kept == (0..<3).reduce(1) { $0 * min(dimensions[$1], volume.grid.dimensions[$1]) })
  }

  @Test("the extra voxel of an odd difference goes at the end", arguments: [(5, 8, -1.0), (8, 5, 1.0), (5, 9, -2.0)])
  func odd(from: Int, to: Int, start: Double) {
    let grid = Grid(dimensions: [from, 1, 1], affine: .identity)
    #expect(grid.resized(to: [to, 1, 1]).affine.t == [start, 0, 0])
  }

  @Test("a typed volume keeps its type and is padded with its minimum, colours with black")
  func typed() {
    let grid = Grid(dimensions: [2, 1, 1], affine: .identity)
    guard case .uint16(let numbers) = AnyVolume.uint16(Volume(grid: grid, voxels: [9, 7])).resized(to: [4, 1, 1]),
      case .rgb24(let colors) = AnyVolume.rgb24(Volume(grid: grid, repeating: RGB(1, 2, 3))).resized(to: [3, 1, 1])
    else {
      Issue.record("the type changed")
      return
    }
    #expect(numbers.voxels == [7, 9, 7, 7])
    #expect(colors.voxels == [RGB(1, 2, 3), RGB(1, 2, 3), RGB(0, 0, 0)])
  }

  @Test("padding and cropping back changes nothing", arguments: [[7, 6, 5], [9, 9, 9], [6, 5, 11]] as [SIMD3<Int>])
  func back(dimensions: SIMD3<Int>) {
    let grid = Grid(dimensions: [6, 5, 4], affine: Affine(spacing: [0.7, 0.8, 3], origin: [1, 2, 3]))
    let volume = Volume(grid: grid, voxels: (0..<grid.count).map { Double($0) })
    let back = volume.resized(to: dimensions, fill: 0).resized(to: grid.dimensions, fill: 0)
    #expect(back.voxels == volume.voxels)
    #expect(back.grid.isClose(to: grid, tolerance: 1e-12))
  }
}
