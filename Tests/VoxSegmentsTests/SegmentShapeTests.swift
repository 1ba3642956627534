import Foundation
import Testing
import VoxFormats
import VoxGrid
import VoxSegments
import _VoxTestSupport

/// Surfaces and connected components.
@Suite struct SegmentShapeTests {
  private func statistics(_ labels: LabelMap, threads: Int = 1) throws -> SegmentStatistics {
    try SegmentStatistics(
      image: labels.map { Float($0) }, labels: labels, table: LabelTable(), background: true, threads: threads)
  }

  /// A box of voxels labelled 1.
  private func box(_ size: SIMD3<Int>, in dimensions: SIMD3<Int>, at start: SIMD3<Int>, _ affine: Affine) -> LabelMap {
    let grid = Grid(dimensions: dimensions, affine: affine)
    return LabelMap(
      grid: grid,
      voxels: (0..<grid.count).map { offset in
        let p = grid.index(offset) &- start
        return (0..<3).allSatisfy { 0..<size[$0] ~= p[$0] } ? 1 : 0
      })
  }

  @Test("a voxel alone is an octahedron, whatever its neighbours in the image")
  func singleVoxel() throws {
    let alone = try statistics(box([1, 1, 1], in: [3, 3, 3], at: [1, 1, 1], .identity))
    let cornered = try statistics(box([1, 1, 1], in: [1, 1, 1], at: .zero, .identity))
    for found in [alone, cornered] {
      let area = try #require(found[1, "surface_mm2"])
      // Eight triangles with corners half a millimetre from the centre along each axis.
      #expect(abs(area - 3.squareRoot()) < 1e-12)
      #expect(found[1, "components"] == 1)
    }
  }

  @Test("the faces of a box, its edges and corners bevelled", arguments: [SIMD3<Int>(0, 0, 0), [2, 3, 1]])
  func box(_ start: SIMD3<Int>) throws {
    let (n, s) = (SIMD3<Double>(6, 5, 4), SIMD3<Double>(0.7, 1.5, 2))
    let labels = box([6, 5, 4], in: [10, 9, 8], at: start, Affine(spacing: s, origin: [9, 9, 9]))
    let side = (n - 1) * s
    let faces = 2 * (side.x * side.y + side.y * side.z + side.z * side.x)
    func bevel(_ a: Int, _ b: Int) -> Double { (s[a] * s[a] + s[b] * s[b]).squareRoot() / 2 }
    let edges = 4 * (side.x * bevel(1, 2) + side.y * bevel(0, 2) + side.z * bevel(0, 1))
    let h = s / 2
    let corners = 8 * SIMD3(h.y * h.z, h.z * h.x, h.x * h.y).length / 2
    let found = try #require(try statistics(labels)[1, "surface_mm2"])
    #expect(abs(found - faces - edges - corners) < 1e-9)
  }

  @Test("voxels that share a face are one component; edges and corners join nothing")
  func components() throws {
    let grid = Grid(dimensions: [4, 4, 2], affine: .identity)
    let plane: [[Int32]] = [
      [
        1, 0, 2, 2,
        0, 1, 0, 2,
        0, 0, 2, 2,
        3, 3, 0, 0,
      ],
      [
        0, 0, 0, 2,
        0, 0, 0, 0,
        2, 0, 0, 0,
        0, 3, 0, 3,
      ],
    ]
    let found = try statistics(LabelMap(grid: grid, voxels: plane.flatMap { $0 }))
    #expect([1, 2, 3].map { found[$0, "components"] } == [2, 2, 2])
  }

  /// Voxels of one label that faces connect, by flooding.
  private func flooded(_ labels: LabelMap, _ label: Int32) -> Int {
    var left = Set(labels.voxels.indices.filter { labels.voxels[$0] == label })
    var count = 0
    while let first = left.popFirst() {
      count += 1
      var waiting = [first]
      while let offset = waiting.popLast() {
        let p = labels.grid.index(offset)
        for axis in 0..<3 {
          for step in [-1, 1] {
            var q = p
            q[axis] += step
            guard 0..<labels.grid.dimensions[axis] ~= q[axis] else { continue }
            let neighbour = labels.grid.offset(q.x, q.y, q.z)
            if left.remove(neighbour) != nil { waiting.append(neighbour) }
          }
        }
      }
    }
    return count
  }

  @Test("components equal those that flooding finds, and threads change nothing", arguments: [1, 2, 3] as [UInt64])
  func random(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let grid = Grid(dimensions: [13, 11, 9], affine: Affine(spacing: [1, 2, 3]))
    let labels = LabelMap(
      grid: grid, voxels: (0..<grid.count).map { _ in Int32.random(in: 0...2, using: &generator) })
    let found = try statistics(labels)
    for label in [0, 1, 2] { #expect(found[label, "components"] == Double(flooded(labels, Int32(label)))) }
    #expect(try statistics(labels, threads: 4).csv == found.csv)
  }

  private static let brain = "nrrd/brain1_image.nrrd"

  @Test(
    "brain1 of pyradiomics: mean, median, extremes and volume are the stated ones, the surface to half a percent",
    .enabled(if: SharedData.has(brain), "needs ../shared/data/\(brain)"))
  func pyradiomics() throws {
    func stated(_ file: String) throws -> [String: Double] {
      let text = try String(contentsOf: SharedData.url("nrrd/\(file)"), encoding: .utf8)
      let cells = text.split(separator: "\n").map { $0.split(separator: ",") }.filter { $0.count > 2 }
      return Dictionary(cells.compactMap { row in Double(row[1]).map { (String(row[0]), $0) } }) { first, _ in first }
    }
    let image = try FormatRegistry.read(path: SharedData.path(Self.brain)).volume.float
    let labels = try #require(try FormatRegistry.read(path: SharedData.path("nrrd/brain1_label.nrrd")).volume.labels)
    let found = try SegmentStatistics(image: image, labels: labels, table: LabelTable())
    let (values, shape) = try (stated("baseline_firstorder.csv"), stated("baseline_shape.csv"))
    for (column, feature) in [("mean", "Mean"), ("median", "Median"), ("min", "Minimum"), ("max", "Maximum")] {
      let (a, b) = (try #require(found[1, column]), try #require(values["original_firstorder_\(feature)"]))
      #expect(abs(a - b) < 1e-9 * abs(b), "\(feature): \(a), stated \(b)")
    }
    let (volume, stated) = (try #require(found[1, "volume_mm3"]), try #require(shape["original_shape_VoxelVolume"]))
    #expect(abs(volume - stated) < 1e-9 * stated)
    let (surface, area) = (try #require(found[1, "surface_mm2"]), try #require(shape["original_shape_SurfaceArea"]))
    #expect(abs(surface - area) < 0.005 * area, "\(surface), stated \(area)")
  }
}
