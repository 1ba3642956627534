import Testing
import VoxGrid
import VoxSegments
import _VoxTestSupport

@Suite("segment statistics")
struct SegmentStatisticsTests {
  static let oblique = Grid(
    dimensions: [13, 11, 7],
    affine: Affine(x: [0, 1.5, 0.2], y: [-0.9, 0, 0.1], z: [0.3, 0, 2], t: [10, -20, 30]))

  /// A scan and labels 0, 1, 2 and 250 in runs that go on over the ends of rows and slices.
  static func example() -> (image: Volume<Float>, labels: LabelMap) {
    var generator = SeededGenerator(seed: 11)
    let values = (0..<oblique.count).map { voxel in
      let value = Float.random(in: -1000..<1000, using: &generator)
      return voxel % 2 == 0 ? value : value.rounded()
    }
    var labels: [Int32] = []
    while labels.count < oblique.count {
      let label = [0, 1, 2, 250][Int.random(in: 0..<4, using: &generator)] as Int32
      let run = Int.random(in: 1...40, using: &generator)
      labels += Array(repeating: label, count: min(oblique.count - labels.count, run))
    }
    return (Volume(grid: oblique, voxels: values), LabelMap(grid: oblique, voxels: labels))
  }

  static let table = LabelTable([Label(value: 1, name: "liver"), Label(value: 2, name: "spleen")])

  @Test("the columns are those of the contract")
  func columns() throws {
    let (image, labels) = Self.example()
    let csv = try SegmentStatistics(image: image, labels: labels, table: Self.table).csv
    #expect(
      csv.columns.joined(separator: ",")
        == "label,name,voxels,volume_mm3,mean,sd,min,p05,median,p95,max,centroid_x,centroid_y,centroid_z,"
        + "surface_mm2,components")
    #expect(csv.rows.map { $0[0] } == ["1", "2", "250"])
    #expect(csv.rows.map { $0[1] } == ["liver", "spleen", "250"])
  }

  @Test("every number equals its definition", arguments: [0, 1, 2, 250])
  func definition(label: Int) throws {
    let (image, labels) = Self.example()
    let statistics = try SegmentStatistics(image: image, labels: labels, table: Self.table, background: true)
    let offsets = labels.voxels.indices.filter { labels.voxels[$0] == Int32(label) }
    let values = offsets.map { Double(image.voxels[$0]) }.sorted()
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    // numpy: percentile q lies at position q (n - 1), between two neighbours in proportion.
    func percentile(_ q: Double) -> Double {
      let position = q * (count - 1)
      let (low, high) = (values[Int(position.rounded(.down))], values[Int(position.rounded(.up))])
      return low * (position.rounded(.down) + 1 - position) + high * (position - position.rounded(.down))
    }
    let center = offsets.map { image.grid.affine(SIMD3<Double>(image.grid.index($0))) }.reduce(.zero, +) / count
    let expected: [String: Double] = [
      "voxels": count, "volume_mm3": count * abs(image.grid.affine.determinant), "mean": mean,
      "sd": (values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / count).squareRoot(), "min": values[0],
      "p05": percentile(0.05), "median": percentile(0.5), "p95": percentile(0.95), "max": values[values.count - 1],
      "centroid_x": center.x, "centroid_y": center.y, "centroid_z": center.z,
    ]
    #expect(Set(expected.keys) == Set(SegmentStatistics.columns).subtracting(["surface_mm2", "components"]))
    for (column, value) in expected {
      let found = try #require(statistics[label, column])
      #expect(abs(found - value) < 1e-9 * max(1, abs(value)), "\(column): \(found), expected \(value)")
    }
  }

  @Test("voxels and volumes add up to the whole grid")
  func conservation() throws {
    let (image, labels) = Self.example()
    let statistics = try SegmentStatistics(image: image, labels: labels, table: LabelTable(), background: true)
    let voxels = statistics.rows.compactMap { statistics[$0.label, "voxels"] }.reduce(0, +)
    #expect(voxels == Double(image.grid.count))
    let means = statistics.rows.compactMap { row in
      statistics[row.label, "mean"].flatMap { mean in statistics[row.label, "voxels"].map { $0 * mean } }
    }
    #expect(abs(means.reduce(0, +) - image.voxels.reduce(0) { $0 + Double($1) }) < 1e-6)
  }

  @Test("renaming labels renames rows and changes no number")
  func permutation() throws {
    let (image, labels) = Self.example()
    let plain = try SegmentStatistics(image: image, labels: labels, table: LabelTable())
    let swapped = labels.map { label -> Int32 in [1: 2, 2: 250, 250: 1][label] ?? label }
    let permuted = try SegmentStatistics(image: image, labels: swapped, table: LabelTable())
    for (from, to) in [(1, 2), (2, 250), (250, 1)] {
      for column in SegmentStatistics.columns {
        #expect(plain[from, column] == permuted[to, column], "\(column) of \(from)")
      }
    }
  }

  @Test("the number of threads changes nothing", arguments: [2, 3, 16])
  func threads(count: Int) throws {
    let (image, labels) = Self.example()
    let one = try SegmentStatistics(image: image, labels: labels, table: Self.table).csv
    #expect(try SegmentStatistics(image: image, labels: labels, table: Self.table, threads: count).csv == one)
  }

  @Test("a label without voxels has a row of its size and empty cells")
  func emptySegment() throws {
    let grid = Grid(dimensions: [2, 1, 1], affine: .identity)
    let csv = try SegmentStatistics(
      image: Volume(grid: grid, repeating: 5), labels: LabelMap(grid: grid, repeating: 0),
      table: LabelTable([Label(value: 0, name: "background"), Label(value: 9, name: "thyroid")])
    ).csv
    #expect(csv.rows == [["9", "thyroid", "0", "0"] + Array(repeating: "", count: 10) + ["0", "0"]])
  }

  @Test("a single voxel has no spread and lies at its centre")
  func singleVoxel() throws {
    let grid = Grid(dimensions: [2, 2, 1], affine: Affine(spacing: [2, 3, 4], origin: [-1, 1, 7]))
    let statistics = try SegmentStatistics(
      image: Volume(grid: grid, voxels: [1, 2, 3, -40.5]), labels: LabelMap(grid: grid, voxels: [0, 0, 0, 6]),
      table: LabelTable())
    #expect(
      statistics.csv.rows.map { $0.prefix(14) } == [
        ["6", "6", "1", "24", "-40.5", "0", "-40.5", "-40.5", "-40.5", "-40.5", "-40.5", "1", "4", "7"]
      ])
  }

  @Test("image values that are no numbers count for size and place only")
  func notFinite() throws {
    let grid = Grid(dimensions: [4, 1, 1], affine: .identity)
    let statistics = try SegmentStatistics(
      image: Volume(grid: grid, voxels: [.nan, 2, 4, .infinity]), labels: LabelMap(grid: grid, voxels: [1, 1, 1, 2]),
      table: LabelTable())
    #expect(
      Array(statistics.csv.rows[0].prefix(14)) == [
        "1", "1", "3", "3", "3", "1", "2", "2.1", "3", "3.9", "4", "1", "0", "0",
      ])
    #expect(
      Array(statistics.csv.rows[1].prefix(14)) == ["2", "2", "1", "1"] + Array(repeating: "", count: 7) + [
        "3", "0", "0",
      ])
  }

  @Test("labels on another grid throw")
  func mismatch() {
    let image = Volume<Float>(grid: Grid(dimensions: [2, 2, 2], affine: .identity), repeating: 0)
    let labels = LabelMap(grid: Grid(dimensions: [2, 2, 2], affine: Affine(spacing: [1, 1, 2])), repeating: 1)
    let error = #expect(throws: SegmentError.self) {
      try SegmentStatistics(image: image, labels: labels, table: LabelTable())
    }
    #expect(error?.code == .mismatch)
  }

  @Test("columns of targets of one name are told apart by their label")
  func columnsOfOneName() throws {
    let grid = Grid(dimensions: [2, 1, 1], affine: .identity)
    let table = LabelTable([
      Label(value: 1, name: "kidney"), Label(value: 2, name: "kidney"), Label(value: 3, name: "liver"),
    ])
    let statistics = try SegmentStatistics(
      image: Volume(grid: grid, voxels: [1, 2]), labels: LabelMap(grid: grid, voxels: [1, 3]), table: table)
    let matrix = [1, 2, 3].map { target in
      MatrixRow(target: target, region: 1, mass: 1, mean: 1, positive: 1, negative: 0, enrichment: 1)
    }
    let columns = statistics.table(explainedBy: matrix, labels: table).columns
    #expect(columns.filter { $0.hasPrefix("mass_") } == ["mass_kidney_1", "mass_kidney_2", "mass_liver"])
    #expect(Set(columns).count == columns.count)
  }
}
