import Testing
import VoxGrid
import _VoxTestSupport

@Suite("Resampling")
struct ResamplingTests {
  /// Trilinear interpolation as a weighted sum over all voxels with hat functions, in doubles.
  private func reference(_ volume: Volume<Float>, at index: SIMD3<Double>, fill: Double) -> Double {
    let n = volume.grid.dimensions
    for axis in 0..<3 where index[axis] < -0.5 || index[axis] > Double(n[axis]) - 0.5 { return fill }
    var sum = 0.0
    for k in 0..<n.z {
      for j in 0..<n.y {
        for i in 0..<n.x {
          let center = SIMD3(Double(i), Double(j), Double(k))
          var weight = 1.0
          for axis in 0..<3 {
            let position = min(max(index[axis], 0), Double(n[axis] - 1))
            weight *= max(0, 1 - abs(position - center[axis]))
          }
          sum += weight * Double(volume[i, j, k])
        }
      }
    }
    return sum
  }

  private func random(seed: UInt64) -> Volume<Float> {
    var generator = SeededGenerator(seed: seed)
    let affine = Affine(x: [-1.1, 0.2, 0], y: [0.1, 1.3, -0.2], z: [0.2, 0.1, 2.1], t: [3, -4, 5])
    let grid = Grid(dimensions: [6, 5, 4], affine: affine)
    return Volume(grid: grid, voxels: (0..<grid.count).map { _ in Float.random(in: -1000...1000, using: &generator) })
  }

  @Test("trilinear values equal the sum of hat functions", arguments: 0..<4 as Range<UInt64>)
  func linear(seed: UInt64) throws {
    let volume = random(seed: seed)
    let target = Grid(
      dimensions: [7, 8, 9],
      affine: Affine(x: [0.7, 0.1, 0], y: [-0.1, 0.9, 0.1], z: [0, -0.1, 1.1], t: [-3, -4, 4]))
    let out = try volume.resampled(onto: target, fill: -1024, threads: 3)
    let toIndex = try #require(volume.grid.affine.inverse)
    var inside = 0
    for offset in 0..<target.count {
      let index = target.index(offset)
      let position = toIndex(target.affine(SIMD3<Double>(index)))
      // On the very border rounding decides between value and fill.
      let border = (0..<3).contains { axis in
        min(abs(position[axis] + 0.5), abs(position[axis] - Double(volume.grid.dimensions[axis]) + 0.5)) < 1e-4
      }
      if border { continue }
      let expected = reference(volume, at: position, fill: -1024)
      #expect(abs(Double(out.voxels[offset]) - expected) < 1e-3)
      if expected != -1024 { inside += 1 }
    }
    #expect(inside > 50)
  }

  @Test("onto the same grid it is the identity")
  func identity() throws {
    let volume = random(seed: 9)
    #expect(try volume.resampled(onto: volume.grid, fill: 0).voxels == volume.voxels)
    #expect(try volume.resampledNearest(onto: volume.grid, fill: 0).voxels == volume.voxels)
  }

  @Test("the result lies on the grid asked for, even where it is all but the volume's")
  func targetGrid() throws {
    let volume = random(seed: 13)
    var target = volume.grid
    target.affine.t += 1e-7
    #expect(try volume.resampled(onto: target, fill: 0).grid == target)
    #expect(try volume.resampledNearest(onto: target, fill: 0).grid == target)
  }

  @Test("the minimum passes over not-a-numbers")
  func minimum() {
    let grid = Grid(dimensions: [3, 1, 1], affine: .identity)
    #expect(Volume<Float>(grid: grid, voxels: [.nan, 3, -2]).minimum == -2)
    #expect(Volume<Float>(grid: grid, voxels: [3, -2, .nan]).minimum == -2)
    #expect(Volume<Float>(grid: grid, repeating: .nan).minimum == 0)
    #expect(Volume<Int16>(grid: grid, voxels: [4, 3, 5]).minimum == 3)
  }

  @Test("onto the same voxels in another order it is a permutation", arguments: ["LPS", "ASR", "IPL"])
  func permutation(code: String) throws {
    let volume = random(seed: 10)
    let orientation = try #require(Orientation(code))
    let expected = volume.reoriented(to: orientation)
    let linear = try volume.resampled(onto: expected.grid, fill: 0)
    for (a, b) in zip(linear.voxels, expected.voxels) { #expect(abs(a - b) < 1e-3) }
    #expect(try volume.resampledNearest(onto: expected.grid, fill: 0).voxels == expected.voxels)
  }

  @Test("nearest neighbours make no new values")
  func nearest() throws {
    let volume = random(seed: 11)
    let target = volume.grid.respaced(to: [0.6, 0.7, 0.8])
    let out = try volume.resampledNearest(onto: target, fill: 7)
    #expect(Set(out.voxels).isSubset(of: Set(volume.voxels + [7])))
  }

  @Test("the number of threads does not matter")
  func threads() throws {
    let volume = random(seed: 12)
    let target = volume.grid.respaced(to: [0.6, 0.7, 0.8])
    let one = try volume.resampled(onto: target, fill: 7, threads: 1)
    for threads in [2, 3, 16] {
      #expect(try volume.resampled(onto: target, fill: 7, threads: threads).voxels == one.voxels)
    }
  }

  @Test("a flat affine is an error")
  func singular() {
    let grid = Grid(dimensions: [2, 2, 2], affine: Affine(x: [1, 0, 0], y: [1, 0, 0], z: [0, 0, 1], t: .zero))
    let volume = Volume<Float>(grid: grid, repeating: 1)
    #expect(throws: GridError.self) {
      try volume.resampled(onto: Grid(dimensions: [3, 3, 3], affine: .identity), fill: 0)
    }
  }

  @Test("a typed volume keeps its type with nearest and becomes floats otherwise", arguments: Interpolation.allCases)
  func typed(interpolation: Interpolation) throws {
    var generator = SeededGenerator(seed: 14)
    let grid = Grid(dimensions: [12, 11, 10], affine: .identity)
    let numbers = Volume<Int16>(
      grid: grid, voxels: (0..<grid.count).map { _ in Int16.random(in: -1000...1000, using: &generator) })
    var target = grid.respaced(to: [1.7, 0.8, 1.1])
    target.dimensions &+= 2
    for antialias in [false, true] {
      let out = try AnyVolume.int16(numbers).resampled(
        onto: target, interpolation: interpolation, antialias: antialias, threads: 2)
      let floats = try numbers.map { Float($0) }.resampled(
        onto: target, interpolation: interpolation, fill: Float(numbers.minimum), antialias: antialias)
      #expect(out.float.voxels == floats.voxels)
      if case .int16 = out { #expect(interpolation == .nearest) } else { #expect(interpolation != .nearest) }
    }
    let colors = Volume(grid: grid, repeating: RGB(5, 6, 7))
    guard case .rgb24(let out) = try AnyVolume.rgb24(colors).resampled(onto: target, interpolation: interpolation)
    else {
      Issue.record("colours became something else")
      return
    }
    #expect(Set(out.voxels) == [RGB(0, 0, 0), RGB(5, 6, 7)])
  }
}
