public import VoxGrid

/// The Agg2Exp matrix of a case, summed up while attributions arrive.
///
/// For target `c` and region `r` with voxels `V(r)` and attributions `a`:
/// `mass = sum |a| over V(r) / sum |a|`, `mean = sum |a| over V(r) / |V(r)|`, `enrichment = mass / (|V(r)| / |V|)`.
///
/// A target's voxels may come whole or in blocks (slabs), and targets may alternate; every voxel must come once per
/// target and image. Of networks that read several images the attributions to all of them are summed up. Sums are held in
/// double precision, so the order of the blocks matters only to rounding.
///
/// - Source: Agg2Exp (methods: aggregation); enrichment divides out the size of the region.
public struct MatrixAccumulator: Sendable {
  private var targets: [Int: [Int32: Sums]] = [:]

  /// Makes an accumulator without any target.
  public init() {}

  /// Adds a block of one target's attribution.
  ///
  /// - Parameters:
  ///   - attribution: signed attributions [voxels].
  ///   - regions: the label of each of these voxels [voxels].
  ///   - target: label value of the target.
  ///   - countingVoxels: whether these voxels are new; `false` for attributions to a further image of the same voxels.
  /// - Throws: ``SegmentError`` of code `mismatch` when the counts differ, `notFinite` when an attribution is NaN or
  ///   infinite (a fault of the network or the method that no share could express); the accumulator is then as before.
  /// - Complexity: O(voxels).
  public mutating func add(
    _ attribution: UnsafeBufferPointer<Float>, regions: UnsafeBufferPointer<Int32>, target: Int,
    countingVoxels: Bool = true
  ) throws(SegmentError) {
    guard attribution.count == regions.count else {
      throw SegmentError(
        .mismatch,
        "expected one region per attribution, found \(attribution.count) attributions and \(regions.count) regions",
        at: .target(target))
    }
    var slots = SegmentSlots()
    var block: [Sums] = []
    regions.forEachRun { label, voxels in
      let slot = slots.slot(label)
      if slot == block.count { block.append(Sums()) }
      block[slot].add(attribution, voxels)
    }
    // A double cannot overflow from sums of finite floats, so one infinite or NaN sum means one such voxel.
    guard block.allSatisfy(\.absolute.isFinite) else {
      let voxel = attribution.firstIndex { !$0.isFinite } ?? 0
      throw SegmentError(
        .notFinite, "expected finite attributions, found \(attribution[voxel])", at: .target(target), .voxel(voxel))
    }
    for (label, var sums) in zip(slots.labels, block) {
      if !countingVoxels { sums.voxels = 0 }
      targets[target, default: [:]][label, default: Sums()].add(sums)
    }
  }

  /// Adds a block of one target's attribution; see ``add(_:regions:target:countingVoxels:)-swift.method``.
  public mutating func add(
    _ attribution: [Float], regions: [Int32], target: Int, countingVoxels: Bool = true
  ) throws(SegmentError) {
    try attribution.withUnsafeBufferPointer { values throws(SegmentError) in
      try regions.withUnsafeBufferPointer { labels throws(SegmentError) in
        try add(values, regions: labels, target: target, countingVoxels: countingVoxels)
      }
    }
  }

  /// The matrix of what was added so far, in rising order of target, then region.
  ///
  /// A region has a row where it has at least one voxel. A target whose attribution is zero everywhere has mass, mean
  /// and enrichment 0 in all its rows.
  ///
  /// - Complexity: O(rows log rows).
  public var rows: [MatrixRow] {
    targets.sorted { $0.key < $1.key }.flatMap { target, regions -> [MatrixRow] in
      let sorted = regions.sorted { $0.key < $1.key }
      let total = sorted.reduce(0) { $0 + $1.value.absolute }
      let voxels = sorted.reduce(0) { $0 + $1.value.voxels }
      return sorted.map { label, sums in
        let mass = total > 0 ? sums.absolute / total : 0
        return MatrixRow(
          target: target, region: Int(label), mass: mass, mean: sums.absolute / Double(sums.voxels),
          positive: sums.positive, negative: sums.positive - sums.absolute,
          enrichment: mass * Double(voxels) / Double(sums.voxels))
      }
    }
  }
}

/// What one target has in one region.
private struct Sums: Sendable {
  var voxels = 0
  var absolute = 0.0
  var positive = 0.0

  mutating func add(_ other: Sums) {
    voxels += other.voxels
    absolute += other.absolute
    positive += other.positive
  }

  @inline(__always)
  mutating func add(_ attribution: UnsafeBufferPointer<Float>, _ range: Range<Int>) {
    // Four sums side by side: one would wait for itself at every voxel.
    var (lanes, above) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    var offset = range.lowerBound
    while offset + 4 <= range.upperBound {
      let values = SIMD4<Double>(
        SIMD4<Float>(attribution[offset], attribution[offset + 1], attribution[offset + 2], attribution[offset + 3]))
      let positives = values.replacing(with: 0, where: values .< 0)
      above += positives
      lanes += positives - (values - positives)
      offset += 4
    }
    for offset in offset..<range.upperBound {
      let value = Double(attribution[offset])
      lanes.x += abs(value)
      above.x += max(0, value)
    }
    absolute += lanes.sum()
    positive += above.sum()
    voxels += range.count
  }
}
