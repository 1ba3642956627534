import Testing
import VoxGrid

@Suite("Slices brought onto a rectangular grid")
struct SliceRectificationTests {
  /// Slices whose normal is oblique in the world; each is shifted within its plane as `shift` says, in millimetres.
  struct Stack {
    var columns = 9
    var rows = 11
    var depths: [Double]
    var shift: (Double) -> SIMD2<Double> = { _ in .zero }
    let across = SIMD3(0.8, 0.6, 0) * 0.5
    let down = SIMD3(-0.6, 0.8, 0) * 2

    var normal: SIMD3<Double> { [0, 0, 1] }
    var positions: [SIMD3<Double>] {
      depths.map { depth in
        let offset = shift(depth)
        let inPlane: SIMD3<Double> = across.normalized * offset.x + down.normalized * offset.y
        return SIMD3(5, -7, 3) + inPlane + normal * depth
      }
    }

    func rectification(step: Double) -> SliceRectification? {
      SliceRectification(
        columns: columns, rows: rows, x: across, y: down, positions: positions, step: step, tolerance: 0.05)
    }

    /// What slices show of a world.
    func voxels(_ world: (SIMD3<Double>) -> Double) -> [Float] {
      positions.flatMap { position in
        (0..<rows).flatMap { j in
          (0..<columns).map { i in
            let inPlane: SIMD3<Double> = across * Double(i) + down * Double(j)
            return Float(world(position + inPlane))
          }
        }
      }
    }
  }

  @Test(
    "a linear world is what it was, wherever slices cover it",
    arguments: [
      ("tilted", [0, 2, 4, 6], 2.0, SIMD2(0, 0.4)), ("tilted both ways", [0, 2, 4, 6], 2, SIMD2(-0.3, 0.2)),
      ("irregular", [0, 2, 3, 7.5], 1, SIMD2(0, 0)), ("tilted and irregular", [0, 2, 3, 7.5], 1, SIMD2(0.1, -0.6)),
      ("with a gap", [0, 2, 6, 8], 2, SIMD2(0, 0)),
    ] as [(String, [Double], Double, SIMD2<Double>)])
  func linearWorld(_ name: String, _ depths: [Double], _ step: Double, _ slope: SIMD2<Double>) throws {
    let stack = Stack(depths: depths) { slope * $0 }
    let world = { (p: SIMD3<Double>) in 3 * p.x - 2 * p.y + 5 * p.z }
    let plan = try #require(stack.rectification(step: step))
    let volume = plan.resampled(stack.voxels(world), fill: -10_000, threads: 3)
    #expect(volume.grid.affine.shear < 1e-12 && volume.grid.affine.determinant > 0)
    #expect(abs(volume.grid.spacing.z - step) < 1e-12)
    #expect(volume.grid.dimensions.z == Int((depths[depths.count - 1] / step).rounded(.down)) + 1)
    var filled = 0
    for offset in 0..<volume.grid.count where volume.voxels[offset] == -10_000 { filled += 1 }
    #expect(slope == .zero ? filled == 0 : filled > 0)
    for offset in 0..<volume.grid.count where volume.voxels[offset] != -10_000 {
      let index = volume.grid.index(offset)
      // Half a pixel around a slice its edge is repeated.
      guard (1..<(volume.grid.dimensions.x - 1)).contains(index.x) else { continue }
      let position = volume.grid.affine(SIMD3<Double>(index))
      let start = slope * Double(index.z) * step
      let row = ((position - SIMD3(5, -7, 3)).dot(stack.down.normalized) - start.y) / 2
      let column = ((position - SIMD3(5, -7, 3)).dot(stack.across.normalized) - start.x) / 0.5
      guard (0...10).contains(row), (0...8).contains(column) else { continue }
      let isExact = depths.contains { abs($0 - Double(index.z) * step) < 1e-9 } || slope == .zero
      if isExact { #expect(abs(Double(volume.voxels[offset]) - world(position)) < 1e-3, "\(name) at \(index)") }
    }
  }

  @Test("every pixel of every slice is inside the grid")
  func coverage() throws {
    let stack = Stack(depths: [0, 2, 4]) { SIMD2(-0.9, 1.3) * $0 }
    let grid = try #require(stack.rectification(step: 2)).grid
    let toIndex = try #require(grid.affine.inverse)
    for position in stack.positions {
      for corner in [SIMD2(0.0, 0), SIMD2(8, 0), SIMD2(0, 10), SIMD2(8, 10)] {
        let inPlane: SIMD3<Double> = stack.across * corner.x + stack.down * corner.y
        let index = toIndex(position + inPlane)
        #expect(all(index .>= -1e-9) && all(index .<= SIMD3<Double>(grid.dimensions) - 1 + 1e-9))
      }
    }
    // 3.6 mm to the left in pixels of 0.5 mm, 5.2 mm down in rows of 2 mm.
    #expect(grid.dimensions == [9 + 8, 11 + 3, 3])
  }

  /// Where values rise through a half.
  private func edge(_ values: [Float]) -> Double? {
    guard let below = values.indices.dropLast().first(where: { values[$0] < 0.5 && values[$0 + 1] >= 0.5 }) else {
      return nil
    }
    return Double(below) + Double((0.5 - values[below]) / (values[below + 1] - values[below]))
  }

  @Test("a wall along the normal, sheared by a tilt, comes back straight")
  func wall() throws {
    let depths = (0..<8).map { Double($0) * 3 }
    let stack = Stack(rows: 60, depths: depths) { depth in SIMD2<Double>(0, 0.33 * depth) }
    // A ramp of four rows around row 30 of the first slice.
    let origin = stack.positions[0]
    let voxels = stack.voxels { position in
      let row: Double = (position - origin).dot(stack.down.normalized) / 2
      return min(max((row - 28) / 4, 0), 1)
    }
    let volume = try #require(stack.rectification(step: 3)).resampled(voxels, fill: 0)
    for k in 0..<8 {
      let column: [Float] = (0..<volume.grid.dimensions.y).map { volume[4, $0, k] }
      #expect(abs(try #require(edge(column)) - 30) < 0.01, "plane \(k)")
      // The slice itself has the wall elsewhere.
      let slice: [Float] = (0..<60).map { row in voxels[4 + 9 * (row + 60 * k)] }
      let expected = 30 - 0.33 * depths[k] / 2
      #expect(abs(try #require(edge(slice)) - expected) < 0.01)
    }
  }

  /// Values of which no two neighbours are equal.
  private func uneven(_ count: Int) -> [Float] {
    (0..<count).map { (index: Int) -> Float in Float(index * 7919 % 1000) + 0.25 }
  }

  @Test("a plane at a slice within the tolerance is that slice, unchanged")
  func exactSlices() throws {
    let stack = Stack(depths: [0, 2.04, 3.97, 6.02, 9]) { _ in SIMD2(0.03, -0.03) }
    let voxels = uneven(9 * 11 * 5)
    let volume = try #require(stack.rectification(step: 2)).resampled(voxels, fill: -1)
    #expect(volume.grid.dimensions == [9, 11, 5])
    #expect(volume.voxels.prefix(9 * 11 * 4).elementsEqual(voxels.prefix(9 * 11 * 4)))
    // 8 mm lie between the slices at 6.02 and 9 mm.
    let fraction: Double = (8 - 6.02) / (9 - 6.02)
    let below = Double(voxels[297])
    let above = Double(voxels[396])
    let expected: Double = below + (above - below) * fraction
    #expect(abs(Double(volume[0, 0, 4]) - expected) < 1e-3)
  }

  @Test("the number of threads changes nothing")
  func threads() throws {
    let stack = Stack(depths: [0, 2, 3, 7]) { SIMD2(0.2, 0.7) * $0 }
    let plan = try #require(stack.rectification(step: 1))
    let voxels = uneven(9 * 11 * 4)
    let one = plan.resampled(voxels, fill: 0).voxels
    for threads in [2, 5, 100] { #expect(plan.resampled(voxels, fill: 0, threads: threads).voxels == one) }
  }

  @Test(
    "grids without end are not planned",
    arguments: [
      [0, 1e9], [0, 1e300], [2, 0], [0, .infinity], [0, .nan], [],
    ] as [[Double]])
  func absurd(depths: [Double]) {
    #expect(Stack(depths: depths).rectification(step: 1e-3) == nil)
  }

  @Test("slices far out of line are not planned", arguments: [1e7, 1e200, 1e308, .infinity, .nan] as [Double])
  func farAway(shift: Double) {
    #expect(Stack(depths: [0, 1, 2]) { $0 == 1 ? SIMD2(shift, 0) : .zero }.rectification(step: 1) == nil)
  }
}
