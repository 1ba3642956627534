import Testing
import VoxGrid
import VoxSegments
import _VoxTestSupport

@Suite("Agg2Exp matrix")
struct MatrixAccumulatorTests {
  /// Attributions of both signs and labels in runs of uneven length, some of one voxel.
  static func volume(_ count: Int, labels: Int32, seed: UInt64) -> (attribution: [Float], regions: [Int32]) {
    var generator = SeededGenerator(seed: seed)
    var regions: [Int32] = []
    while regions.count < count {
      let label = Int32.random(in: 0..<labels, using: &generator)
      let run = Int.random(in: 1...9, using: &generator)
      regions += Array(repeating: label, count: min(count - regions.count, run))
    }
    return ((0..<count).map { _ in Float.random(in: -0.4..<0.6, using: &generator) }, regions)
  }

  /// A row by definition, one region at a time.
  static func naiveRow(_ attribution: [Float], _ regions: [Int32], target: Int, region: Int32) -> MatrixRow {
    let inside = zip(attribution, regions).filter { $0.1 == region }.map { Double($0.0) }
    let mass = inside.map(abs).reduce(0, +) / attribution.map { abs(Double($0)) }.reduce(0, +)
    return MatrixRow(
      target: target, region: Int(region), mass: mass, mean: inside.map(abs).reduce(0, +) / Double(inside.count),
      positive: inside.filter { $0 > 0 }.reduce(0, +), negative: inside.filter { $0 < 0 }.reduce(0, +),
      enrichment: mass / (Double(inside.count) / Double(attribution.count)))
  }

  @Test("every number equals its definition")
  func definition() throws {
    let (attribution, regions) = Self.volume(5000, labels: 6, seed: 1)
    var accumulator = MatrixAccumulator()
    try accumulator.add(attribution, regions: regions, target: 3)
    #expect(accumulator.rows.map(\.region) == [0, 1, 2, 3, 4, 5])
    for row in accumulator.rows {
      let expected = Self.naiveRow(attribution, regions, target: 3, region: Int32(row.region))
      #expect(row.isClose(to: expected, tolerance: 1e-12), "region \(row.region): \(row), expected \(expected)")
    }
  }

  @Test("attributions to several images are summed up over the same voxels")
  func images() throws {
    let (first, regions) = Self.volume(5000, labels: 6, seed: 1)
    let second = first.map { 0.5 - $0 }
    var accumulator = MatrixAccumulator()
    try accumulator.add(first, regions: regions, target: 3)
    try accumulator.add(second, regions: regions, target: 3, countingVoxels: false)
    let total = (first + second).reduce(0.0) { $0 + abs(Double($1)) }
    for row in accumulator.rows {
      let voxels = regions.indices.filter { Int(regions[$0]) == row.region }
      let inside = voxels.map { Double(first[$0]) } + voxels.map { Double(second[$0]) }
      let mass = inside.map(abs).reduce(0, +) / total
      let expected = MatrixRow(
        target: 3, region: row.region, mass: mass, mean: mass * total / Double(voxels.count),
        positive: inside.filter { $0 > 0 }.reduce(0, +), negative: inside.filter { $0 < 0 }.reduce(0, +),
        enrichment: mass * 5000 / Double(voxels.count))
      #expect(row.isClose(to: expected, tolerance: 1e-12), "region \(row.region): \(row), expected \(expected)")
    }
  }

  @Test("segment sums add up to the whole")
  func conservation() throws {
    let (attribution, regions) = Self.volume(4000, labels: 9, seed: 2)
    var accumulator = MatrixAccumulator()
    try accumulator.add(attribution, regions: regions, target: 1)
    let rows = accumulator.rows
    #expect(abs(rows.map(\.mass).reduce(0, +) - 1) < 1e-12)
    let signed = attribution.reduce(0.0) { $0 + Double($1) }
    #expect(abs(rows.map { $0.positive + $0.negative }.reduce(0, +) - signed) < 1e-9)
    // The volume fractions mass / enrichment add up to the whole volume.
    #expect(abs(rows.map { $0.mass / $0.enrichment }.reduce(0, +) - 1) < 1e-12)
  }

  @Test("blocks and interleaved targets give the whole volume's matrix", arguments: [1, 7, 100, 3999])
  func blocks(length: Int) throws {
    let (first, regions) = Self.volume(4000, labels: 5, seed: 3)
    let second = first.map { 1 - 2 * $0 }
    var whole = MatrixAccumulator()
    try whole.add(first, regions: regions, target: 1)
    try whole.add(second, regions: regions, target: 2)
    var blocks = MatrixAccumulator()
    for start in stride(from: 0, to: first.count, by: length) {
      let block = start..<min(start + length, first.count)
      try blocks.add(Array(second[block]), regions: Array(regions[block]), target: 2)
      try blocks.add(Array(first[block]), regions: Array(regions[block]), target: 1)
    }
    #expect(blocks.rows.count == whole.rows.count)
    for (a, b) in zip(blocks.rows, whole.rows) { #expect(a.isClose(to: b, tolerance: 1e-12)) }
  }

  @Test("renaming labels renames rows and changes no number")
  func permutation() throws {
    let (attribution, regions) = Self.volume(3000, labels: 5, seed: 4)
    let renamed: [Int32: Int32] = [0: 40, 1: -7, 2: 0, 3: 2_000_000, 4: 3]
    var plain = MatrixAccumulator()
    try plain.add(attribution, regions: regions, target: 1)
    var permuted = MatrixAccumulator()
    try permuted.add(attribution, regions: regions.map { renamed[$0] ?? $0 }, target: 1)
    let numbers = Dictionary(uniqueKeysWithValues: permuted.rows.map { ($0.region, $0) })
    for var row in plain.rows {
      row.region = Int(try #require(renamed[Int32(row.region)]))
      #expect(numbers[row.region] == row)
    }
    #expect(permuted.rows.map(\.region) == [-7, 0, 3, 40, 2_000_000])
  }

  @Test("a single voxel has its own row")
  func singleVoxel() throws {
    var accumulator = MatrixAccumulator()
    try accumulator.add([2, -1, 1], regions: [0, 4, 0], target: 4)
    #expect(
      accumulator.rows == [
        MatrixRow(target: 4, region: 0, mass: 0.75, mean: 1.5, positive: 3, negative: 0, enrichment: 0.75 * 3 / 2),
        MatrixRow(target: 4, region: 4, mass: 0.25, mean: 1, positive: 0, negative: -1, enrichment: 0.75),
      ])
  }

  @Test("an attribution of zero everywhere has no mass anywhere")
  func zero() throws {
    var accumulator = MatrixAccumulator()
    try accumulator.add([0, 0], regions: [0, 1], target: 1)
    #expect(accumulator.rows.map(\.mass) == [0, 0])
    #expect(accumulator.rows.map(\.enrichment) == [0, 0])
  }

  @Test("nothing added, no rows")
  func empty() throws {
    var accumulator = MatrixAccumulator()
    #expect(accumulator.rows.isEmpty)
    try accumulator.add([], regions: [], target: 1)
    #expect(accumulator.rows.isEmpty)
  }

  @Test(
    "a value that is no number throws, names the voxel and adds nothing", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) throws {
    var accumulator = MatrixAccumulator()
    try accumulator.add([1, 2], regions: [0, 1], target: 1)
    let before = accumulator.rows
    let error = #expect(throws: SegmentError.self) {
      try accumulator.add([1, 1, value], regions: [0, 1, 1], target: 1)
    }
    #expect(error?.code == .notFinite)
    #expect(error?.context == [.target(1), .voxel(2)])
    #expect(accumulator.rows == before)
  }

  @Test("largest floats do not overflow")
  func largest() throws {
    var accumulator = MatrixAccumulator()
    let largest = Float.greatestFiniteMagnitude
    try accumulator.add([largest, -largest, largest, largest], regions: [0, 0, 1, 1], target: 1)
    #expect(accumulator.rows.map(\.mass) == [0.5, 0.5])
  }

  @Test("as many regions as attributions are expected")
  func mismatch() {
    var accumulator = MatrixAccumulator()
    let error = #expect(throws: SegmentError.self) { try accumulator.add([1, 2], regions: [0], target: 1) }
    #expect(error?.code == .mismatch)
  }
}

extension MatrixRow {
  func isClose(to other: MatrixRow, tolerance: Double) -> Bool {
    func close(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= tolerance * max(1, abs(b)) }
    return target == other.target && region == other.region && close(mass, other.mass) && close(mean, other.mean)
      && close(positive, other.positive) && close(negative, other.negative) && close(enrichment, other.enrichment)
  }
}
