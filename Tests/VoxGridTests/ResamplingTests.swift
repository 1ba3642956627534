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

  /// Whether a position lies on the very border, where rounding decides between value and fill.
  private func border(_ position: SIMD3<Double>, of grid: Grid) -> Bool {
    (0..<3).contains { axis in
      min(abs(position[axis] + 0.5), abs(position[axis] - Double(grid.dimensions[axis]) + 0.5)) < 1e-4
    }
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
      if border(position, of: volume.grid) { continue }
      let expected = reference(volume, at: position, fill: -1024)
      #expect(abs(Double(out.voxels[offset]) - expected) < 1e-3)
      if expected != -1024 { inside += 1 }
    }
    #expect(inside > 50)
  }

  @Test("along the axes trilinear values equal the sum of hat functions, in every order of the axes")
  func aligned() throws {
    let volume = random(seed: 17)
    let toIndex = try #require(volume.grid.affine.inverse)
    var fine = volume.grid.respaced(to: volume.grid.spacing * SIMD3(0.31, 0.45, 0.6))
    fine.affine.t -= fine.affine.x * 2
    for orientation in Orientation.all {
      let target = fine.reoriented(to: orientation)
      let out = try volume.resampled(onto: target, fill: -1024, threads: 2)
      var largest = 0.0
      for offset in 0..<target.count {
        let position = toIndex(target.affine(SIMD3<Double>(target.index(offset))))
        if border(position, of: volume.grid) { continue }
        largest = max(largest, abs(Double(out.voxels[offset]) - reference(volume, at: position, fill: -1024)))
      }
      #expect(largest < 1e-3, "\(orientation)")
      #expect(out.voxels.contains(-1024))
    }
  }

  @Test("the axes' order changes no value", arguments: Interpolation.allCases)
  func orders(method: Interpolation) throws {
    let volume = random(seed: 18)
    // Beyond a block of sixteen along every axis, and some of it outside.
    let target = Grid(
      dimensions: [37, 19, 21],
      affine: Affine(
        x: volume.grid.affine.x * 0.2, y: volume.grid.affine.y * 0.31, z: volume.grid.affine.z * 0.23,
        t: volume.grid.affine([-0.93, -0.87, -0.71])))
    let straight = try volume.resampled(onto: target, interpolation: method, fill: 3)
    for orientation in Orientation.all {
      let turned = target.reoriented(to: orientation)
      let out = try volume.resampled(onto: turned, interpolation: method, fill: 3, threads: 3)
      let expected = straight.reoriented(to: orientation)
      #expect(out.grid == turned)
      let difference = zip(out.voxels, expected.voxels).map { abs($0 - $1) }.max() ?? 1
      #expect(difference <= (method == .nearest ? 0 : 1e-3), "\(orientation)")
    }
  }

  @Test("the fast path along the axes and the general one agree", arguments: Interpolation.allCases)
  func paths(method: Interpolation) throws {
    let volume = random(seed: 19)
    let a = volume.grid.affine
    for (x, z) in [(a.x, a.z), (a.z, a.x), (a.y, a.z), (a.x, a.y)] {
      // The first rows are the same; only a second one makes a grid oblique.
      let rest = x == a.y ? a.x : z == a.y ? a.z : a.y
      let affine = Affine(x: x * 0.17, y: rest * 0.2 + z * 0.05, z: z * 0.13, t: a([-0.71, -0.73, -0.77]))
      let single = Grid(dimensions: [33, 1, 29], affine: affine)
      let double = Grid(dimensions: [33, 2, 29], affine: affine)
      let fast = try volume.resampled(onto: single, interpolation: method, fill: 5)
      let general = try volume.resampled(onto: double, interpolation: method, fill: 5)
      var inside = 0
      for k in 0..<29 {
        for i in 0..<33 {
          #expect(abs(fast[i, 0, k] - general[i, 0, k]) < 1e-3)
          if fast[i, 0, k] != 5 { inside += 1 }
        }
      }
      #expect(inside == 0 || inside > 50)
    }
  }

  @Test(
    "integers are sampled as their floats are, and stay integers with nearest neighbours", arguments: [false, true])
  func types(antialias: Bool) throws {
    let grid = Grid(dimensions: [6, 7, 8], affine: Affine(spacing: [1, 1.2, 1.4]))
    var generator = SeededGenerator(seed: 20)
    let values = (0..<grid.count).map { _ in Int.random(in: 0...100, using: &generator) }
    func volume<Element>(_ convert: (Int) -> Element) -> Volume<Element> {
      Volume(grid: grid, voxels: values.map(convert))
    }
    let all: [AnyVolume] = [
      .uint8(volume(UInt8.init)), .int8(volume(Int8.init)), .int16(volume(Int16.init)), .uint16(volume(UInt16.init)),
      .int32(volume(Int32.init)), .uint32(volume(UInt32.init)), .float32(volume { Float($0) }),
      .float64(volume { Double($0) }),
    ]
    var target = grid.respaced(to: [2.3, 1, 1.2])
    target.affine.t.x -= 2
    for method in Interpolation.allCases {
      let floats = volume { Float($0) }
      let expected = try floats.resampled(
        onto: target, interpolation: method, fill: floats.minimum, antialias: antialias)
      for any in all {
        let out = try any.resampled(onto: target, interpolation: method, antialias: antialias)
        #expect(out.float.voxels == expected.voxels)
        #expect(out.grid == target)
        if case .float32 = out {} else { #expect(method == .nearest) }
        if method == .nearest, case .int16(let v) = any {
          guard case .int16(let sampled) = out else {
            Issue.record("nearest neighbours changed the type")
            continue
          }
          #expect(sampled.voxels == (try v.resampledNearest(onto: target, fill: v.minimum)).voxels)
        }
      }
    }
  }

  @Test("colours are never mixed", arguments: Interpolation.allCases)
  func colors(method: Interpolation) throws {
    let grid = Grid(dimensions: [4, 4, 4], affine: .identity)
    let volume = Volume(grid: grid, voxels: (0..<64).map { RGB(UInt8($0 + 1), UInt8(255 - $0), 7) })
    var target = grid.respaced(to: [0.7, 0.8, 0.9])
    target.affine.t.x -= 2
    guard case .rgb24(let out) = try AnyVolume.rgb24(volume).resampled(onto: target, interpolation: method) else {
      Issue.record("the type changed")
      return
    }
    #expect(Set(out.voxels).isSubset(of: Set(volume.voxels + [RGB(0, 0, 0)])))
    #expect(Set(out.voxels).count > 30)
  }

  @Test("positions halfway between two voxels all fall the same way")
  func halfway() throws {
    let spacing = 0.1 + 0.2
    let grid = Grid(dimensions: [40, 1, 1], affine: Affine(spacing: [spacing, 1, 1], origin: [0.7, 0, 0]))
    let volume = Volume(grid: grid, voxels: (0..<40).map { Int32($0) })
    let out = try volume.resampledNearest(onto: grid.respaced(to: [2 * spacing, 1, 1]), fill: -1)
    #expect(out.voxels == (0..<20).map { 2 * $0 + 1 })
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
}
