public import VoxGrid

/// The Agg2Exp matrices of many cases side by side.
///
/// A cell is missing (all NaN) where the case has no such target, no voxel of the region, or an attribution that is
/// zero everywhere.
public struct Cohort: Sendable {
  /// What one case says of one target in one region; the fields mean what they mean in ``MatrixRow``.
  public struct Cell: Sendable, Hashable {
    public var mass = Double.nan
    public var mean = Double.nan
    public var enrichment = Double.nan
  }

  /// Names of the cases, all different.
  public let cases: [String]
  /// What the label values mean.
  public let labels: LabelTable
  /// Label values of the targets, rising.
  public let targets: [Int]
  /// Label values of the regions, rising.
  public let regions: [Int]
  /// Dice of the segmentation by label, one entry per case; empty where the source has none.
  public internal(set) var dice: [[Int: Double]]
  /// The cells that are not missing, one table per case.
  private var cells: [[Key: Cell]]

  private struct Key: Hashable {
    let target: Int
    let region: Int
  }

  /// More labels than any segmentation has; the analyses grow with their square and cube.
  private static let mostLabels = 2048

  /// Makes a cohort whose cells are all missing.
  ///
  /// - Throws: ``SegmentError``: `malformed` when two cases have one name, `unsupported` for more than 2048 labels.
  init(cases: [String], labels: LabelTable, targets: Set<Int>, regions: Set<Int>) throws(SegmentError) {
    var seen = Set<String>()
    for name in cases where !seen.insert(name).inserted {
      throw SegmentError(.malformed, "expected cases of different names, found \"\(name)\" twice; leave one out")
    }
    guard max(targets.count, regions.count) <= Self.mostLabels else {
      throw SegmentError(
        .unsupported,
        "expected at most \(Self.mostLabels) labels, found \(targets.count) targets and \(regions.count) regions")
    }
    (self.cases, self.labels) = (cases, labels)
    (self.targets, self.regions) = (targets.sorted(), regions.sorted())
    dice = Array(repeating: [:], count: cases.count)
    cells = Array(repeating: [:], count: cases.count)
  }

  /// One case's cell of a target and a region, by label value.
  public internal(set) subscript(case index: Int, target: Int, region: Int) -> Cell {
    get { cells[index][Key(target: target, region: region), default: Cell()] }
    set { cells[index][Key(target: target, region: region)] = newValue }
  }

  /// One number of a cell in every case, NaN where it is missing.
  public func values(_ measure: (Cell) -> Double, target: Int, region: Int) -> [Double] {
    cases.indices.map { measure(self[case: $0, target, region]) }
  }

  /// The mean mass of a target in a region over the cases that have it; NaN where none has.
  public func globalMass(target: Int, region: Int) -> Double {
    values(\.mass, target: target, region: region).presentMean
  }
}

extension [Double] {
  /// The elements that are not NaN.
  var present: [Double] { filter { !$0.isNaN } }

  /// The mean of the elements that are not NaN; NaN where there is none.
  var presentMean: Double {
    let present = present
    return present.reduce(0, +) / Double(present.count)
  }
}
