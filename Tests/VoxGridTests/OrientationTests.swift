import Testing
import VoxGrid
import _VoxTestSupport

@Suite("Orientation")
struct OrientationTests {
  @Test("there are 48, each spelt once and read back")
  func all() {
    #expect(Set(Orientation.all).count == 48)
    #expect(Set(Orientation.all.map(\.description)).count == 48)
    for orientation in Orientation.all { #expect(Orientation(orientation.description) == orientation) }
  }

  @Test("malformed codes are refused", arguments: ["", "RA", "RAA", "RLS", "XYZ", "RASA"])
  func malformed(code: String) { #expect(Orientation(code) == nil) }

  @Test("an affine along known axes has their codes", arguments: Orientation.all)
  func nearest(orientation: Orientation) {
    var affine = Affine.identity
    for axis in 0..<3 {
      var column = SIMD3<Double>(0.1, -0.07, 0.05)
      column[orientation.axes[axis]] = Double(orientation.signs[axis]) * 2
      affine[axis] = column
    }
    #expect(Orientation(affine) == orientation)
  }

  @Test("reorienting keeps every voxel at its place in the world", arguments: Orientation.all)
  func worldPositions(target: Orientation) {
    let volume = oblique()
    let moved = volume.reoriented(to: target)
    #expect(moved.grid.orientation == target)
    let n = moved.grid.dimensions
    guard let toIndex = volume.grid.affine.inverse else {
      Issue.record("the test grid has no inverse")
      return
    }
    for k in 0..<n.z {
      for j in 0..<n.y {
        for i in 0..<n.x {
          let world = moved.grid.affine(SIMD3(Double(i), Double(j), Double(k)))
          let index = toIndex(world)
          let (a, b, c) = (Int(index.x.rounded()), Int(index.y.rounded()), Int(index.z.rounded()))
          #expect((SIMD3(Double(a), Double(b), Double(c)) - index).length < 1e-9)
          #expect(moved[i, j, k] == volume[a, b, c])
        }
      }
    }
  }

  @Test("the orientations form a group: a detour changes nothing", arguments: Orientation.all)
  func group(via: Orientation) {
    let volume = oblique()
    let direct = volume.grid.orientation
    let back = volume.reoriented(to: via).reoriented(to: direct)
    #expect(back.grid.isClose(to: volume.grid, tolerance: 1e-9))
    #expect(back.voxels == volume.voxels)
    for target in Orientation.all {
      let detour = volume.reoriented(to: via).reoriented(to: target)
      let straight = volume.reoriented(to: target)
      #expect(detour.voxels == straight.voxels)
      #expect(detour.grid.isClose(to: straight.grid, tolerance: 1e-9))
    }
  }

  /// A small volume of distinct values on an oblique LPS grid.
  private func oblique() -> Volume<Int16> {
    let affine = Affine(x: [-0.9, 0.1, 0.05], y: [0.1, -1.4, 0.2], z: [0, 0.3, 2.5], t: [12, -7, 30])
    return Volume(grid: Grid(dimensions: [4, 3, 5], affine: affine), voxels: (0..<60).map { Int16($0) })
  }
}
