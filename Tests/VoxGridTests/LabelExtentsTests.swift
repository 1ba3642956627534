import Testing
import VoxGrid

@Suite("Boxes around labels")
struct LabelExtentsTests {
  private static let grid = Grid(
    dimensions: [7, 5, 4],
    affine: Affine(x: [-0.9, 0.1, 0.05], y: [0.1, -1.4, 0.2], z: [0, 0.3, 2.5], t: [12, -7, 30]))

  @Test("each label has the smallest box around its voxels")
  func extents() {
    var labels = LabelMap(grid: Self.grid, repeating: 0)
    for (i, j, k) in [(1, 2, 0), (4, 0, 3), (2, 2, 2)] { labels[i, j, k] = 9 }
    labels[6, 4, 3] = -2
    let extents = labels.extents
    #expect(extents[9] == VoxelBox(low: [1, 0, 0], high: [4, 2, 3]))
    #expect(extents[-2] == VoxelBox(low: [6, 4, 3], high: [6, 4, 3]))
    #expect(extents[0] == VoxelBox(low: [0, 0, 0], high: [6, 4, 3]))
    #expect(extents.count == 3)
  }

  @Test("what is cropped keeps value and place")
  func crop() {
    let volume = Volume(grid: Self.grid, voxels: Array(0..<Self.grid.count))
    let box = VoxelBox(low: [2, 0, 1], high: [5, 4, 2])
    let part = volume.cropped(to: box)
    #expect(part.grid.dimensions == box.dimensions && box.dimensions == [4, 5, 2])
    for offset in 0..<part.grid.count {
      let index = part.grid.index(offset)
      let old = index &+ box.low
      #expect(part.voxels[offset] == volume[old.x, old.y, old.z])
      #expect((part.grid.affine(SIMD3<Double>(index)) - Self.grid.affine(SIMD3<Double>(old))).length < 1e-9)
    }
  }
}
