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

  @Test("every width of voxel and number of threads moves alike, across tiles too", arguments: Orientation.all)
  func widths(target: Orientation) {
    let grid = Grid(dimensions: [70, 35, 67], affine: .identity)
    let words = (0..<UInt32(grid.count)).map { $0 &* 2_654_435_761 }
    let mapping = AxisMapping(from: grid, to: target)
    let expected = (0..<grid.count).map { offset in
      let index = mapping.output.index(offset)
      return words[mapping.start + (index &* mapping.strides).wrappedSum()]
    }
    func check<Element: BitwiseCopyable & Equatable & Sendable>(_ convert: (UInt32) -> Element) {
      for threads in [1, 3] {
        let moved = Volume(grid: grid, voxels: words.map(convert)).reoriented(to: target, threads: threads)
        #expect(moved.grid == mapping.output)
        #expect(moved.voxels == expected.map(convert))
      }
    }
    check { UInt8(truncatingIfNeeded: $0 >> 8) }
    check { Int16(truncatingIfNeeded: $0) }
    check {
      RGB(UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0 >> 16))
    }
    check { $0 }
    check { Double($0) }
    check { SIMD4<UInt32>(repeating: $0) }
  }

  @Test("flips alone are made in the memory of a volume that nothing else holds", arguments: ["LAS", "RPI", "LPI"])
  func inPlace(code: String) throws {
    let target = try #require(Orientation(code))
    func address(_ volume: borrowing AnyVolume) -> UnsafeRawPointer? {
      guard case .int16(let v) = copy volume else { return nil }
      return v.voxels.withUnsafeBytes { $0.baseAddress }
    }
    let grid = Grid(dimensions: [9, 8, 7], affine: .identity)
    let volume = AnyVolume.int16(Volume(grid: grid, voxels: (0..<504).map { Int16($0) }))
    let kept = Volume<Int16>(grid: grid, voxels: (0..<504).map { Int16($0) })
    let before = address(volume)
    let moved = (consume volume).reoriented(to: target)
    #expect(address(moved) == before)
    // One that is still held stays as it was.
    let other = kept.reoriented(to: target)
    #expect(kept.voxels == (0..<504).map { Int16($0) })
    #expect(other.reoriented(to: .ras).voxels == kept.voxels)
  }

  @Test(
    "axes of one voxel",
    arguments: [[1, 1, 1], [1, 7, 5], [7, 1, 5], [7, 5, 1], [1, 1, 9], [1, 9, 1], [9, 1, 1]] as [SIMD3<Int>])
  func thin(dimensions: SIMD3<Int>) {
    let grid = Grid(dimensions: dimensions, affine: .identity)
    let volume = Volume(grid: grid, voxels: (0..<grid.count).map { Int32($0) })
    for target in Orientation.all {
      let moved = volume.reoriented(to: target)
      for offset in 0..<grid.count {
        let index = moved.grid.affine(SIMD3<Double>(moved.grid.index(offset)))
        #expect(moved.voxels[offset] == volume[Int(index.x), Int(index.y), Int(index.z)])
      }
    }
  }

  @Test("a volume that is kept does not change", arguments: Orientation.all)
  func kept(target: Orientation) {
    let volume = oblique()
    let voxels = volume.voxels.map { $0 }
    _ = volume.reoriented(to: target)
    _ = AnyVolume.int16(volume).reoriented(to: target)
    #expect(volume.voxels == voxels)
  }

  /// A small volume of distinct values on an oblique LPS grid.
  private func oblique() -> Volume<Int16> {
    let affine = Affine(x: [-0.9, 0.1, 0.05], y: [0.1, -1.4, 0.2], z: [0, 0.3, 2.5], t: [12, -7, 30])
    return Volume(grid: Grid(dimensions: [4, 3, 5], affine: affine), voxels: (0..<60).map { Int16($0) })
  }

  @Test(
    "planes are shown with the patient's right and front first, the head at the top",
    arguments: [("RAS", "LPS"), ("LPS", "LPS"), ("ASR", "PIR"), ("RSA", "LIA"), ("LAI", "LPI")])
  func display(of code: String, expected: String) throws {
    #expect(try #require(Orientation(code)).forDisplay.description == expected)
  }
}
