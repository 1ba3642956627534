import Glibc
import VoxGrid

/// The slices of a series in their order along the normal, the grid they form, and what keeps them from forming one.
///
/// Order and spacing come from Image Position (0020,0032) and Image Orientation (0020,0037) alone, never from instance
/// numbers or Spacing Between Slices (0018,0088).
///
/// - Units: millimetres.
/// - Complexity: O(n log n).
struct SliceStack {
  /// By rising position along the normal; by file name where positions are missing.
  let slices: [DICOMSlice]
  /// RAS+ grid in the slices' own pixel order, k along the normal; `nil` where the slices do not form one.
  let grid: Grid?
  /// Distance between slices: the median step, or the thickness of a single slice.
  let spacing: Double?
  let problems: [DICOMSeriesProblem]

  /// How far, in millimetres, a slice may lie from its place on the grid.
  static let tolerance = 0.05

  /// Sorts slices of equal orientation, size and pixel spacing.
  init(_ unsorted: [DICOMSlice]) {
    var problems: [DICOMSeriesProblem] = unsorted.compactMap(\.refusal).prefix(1).map { .unusable($0) }
    let planes = unsorted.compactMap(\.plane)
    guard let reference = planes.first, planes.count == unsorted.count else {
      slices = unsorted.sorted { $0.path < $1.path }
      if problems.isEmpty {
        problems = [.noPlane(file: slices.first { $0.plane == nil }?.path ?? "")]
      }
      (grid, spacing, self.problems) = (nil, nil, problems)
      return
    }
    let normal = reference.normal
    let placed = zip(unsorted, planes).map { (slice: $0, position: $1.position, depth: $1.position.dot(normal)) }
      .sorted { ($0.depth, $0.slice.path) < ($1.depth, $1.slice.path) }
    slices = placed.map(\.slice)
    let depths = placed.map(\.depth)
    let positions = placed.map(\.position)

    if slices.count == 1 {
      spacing = slices[0].thickness.flatMap { $0 > 0 ? $0 : nil }
      if spacing == nil { problems.append(.unknownThickness(file: slices[0].path)) }
    } else {
      let steps = zip(depths.dropFirst(), depths).map { $0 - $1 }
      spacing = steps.sorted()[steps.count / 2]
      problems += Self.duplicates(slices, steps)
      if problems.isEmpty {
        problems += Self.lateralShift(slices, positions, normal)
        problems += Self.irregularity(slices, depths, steps)
      }
    }
    self.problems = problems
    let step = slices.count > 1 ? (depths[slices.count - 1] - depths[0]) / Double(slices.count - 1) : spacing ?? 0
    grid = problems.isEmpty ? Self.grid(slices[0], positions[0], reference, step: normal * step, slices.count) : nil
  }

  private static func duplicates(_ slices: [DICOMSlice], _ steps: [Double]) -> [DICOMSeriesProblem] {
    steps.enumerated().filter { $1 < tolerance }.prefix(1).map {
      .duplicatePosition(first: slices[$0.offset].path, second: slices[$0.offset + 1].path)
    }
  }

  /// A shift within the plane that grows with depth is a gantry tilt; any other is a misalignment.
  private static func lateralShift(
    _ slices: [DICOMSlice], _ positions: [SIMD3<Double>], _ normal: SIMD3<Double>
  ) -> [DICOMSeriesProblem] {
    let shifts = positions.map { position in
      let offset = position - positions[0]
      return (lateral: (offset - normal * offset.dot(normal)).length, depth: offset.dot(normal))
    }
    guard let last = shifts.last else { return [] }
    if last.lateral > tolerance {
      let degrees = atan2(last.lateral, last.depth) * 180 / .pi
      return [.gantryTilt(degrees: degrees, file: slices[slices.count - 1].path)]
    }
    guard let worst = shifts.indices.max(by: { shifts[$0].lateral < shifts[$1].lateral }),
      shifts[worst].lateral > tolerance
    else { return [] }
    return [.misaligned(file: slices[worst].path, millimetres: shifts[worst].lateral)]
  }

  private static func irregularity(
    _ slices: [DICOMSlice], _ depths: [Double], _ steps: [Double]
  ) -> [DICOMSeriesProblem] {
    let count = Double(steps.count)
    let step = (depths[steps.count] - depths[0]) / count
    let isRegular = depths.enumerated().allSatisfy { abs($1 - depths[0] - Double($0) * step) <= tolerance }
    if isRegular { return [] }
    let median = steps.sorted()[steps.count / 2]
    guard let worst = steps.indices.max(by: { abs(steps[$0] - median) < abs(steps[$1] - median) }) else { return [] }
    let gap = DICOMSeriesProblem.Gap(
      after: slices[worst].path, before: slices[worst + 1].path, step: steps[worst], usual: median,
      runs: DICOMSeriesProblem.Gap.runs(of: steps))
    let multiple = (steps[worst] / median).rounded()
    let isMissing =
      multiple >= 2 && steps.allSatisfy { abs($0 - ($0 / median).rounded() * median) <= tolerance }
    return [isMissing ? .missingSlices(gap) : .irregularSpacing(gap)]
  }

  private static func grid(
    _ slice: DICOMSlice, _ origin: SIMD3<Double>, _ plane: DICOMSlice.Plane, step: SIMD3<Double>, _ count: Int
  ) -> Grid {
    // From LPS+ to RAS+.
    let flip = SIMD3<Double>(-1, -1, 1)
    return Grid(
      dimensions: [slice.columns, slice.rows, count],
      affine: Affine(
        x: plane.alongRow * plane.columnSpacing * flip, y: plane.alongColumn * plane.rowSpacing * flip,
        z: step * flip, t: origin * flip))
  }
}
