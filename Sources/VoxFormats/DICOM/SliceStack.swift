import VoxGrid

/// The slices of a series in their order along the normal, the grid they form, and what keeps them from forming one.
///
/// Order and spacing come from Image Position (0020,0032) and Image Orientation (0020,0037) alone, never from instance
/// numbers, Spacing Between Slices (0018,0088) or Gantry/Detector Tilt (0018,1120). The normal is row x column, so that
/// a grid is right-handed however the files number their slices.
///
/// - Units: millimetres.
/// - Complexity: O(n log n).
struct SliceStack {
  /// By rising position along the normal; by file name where positions are missing.
  let slices: [DICOMSlice]
  /// RAS+ grid in the slices' own pixel order, k along the normal; `nil` where the slices do not form one.
  let grid: Grid?
  /// How the slices come onto a grid where only their places are in the way of one.
  let rectification: SliceRectification?
  /// Distance between slices: their common step, the median where it varies, or the thickness of a single slice.
  let spacing: Double?
  /// Everything found, the most severe first.
  let problems: [DICOMSeriesProblem]

  /// How far, in millimetres, a slice may lie from its place on the grid; see ``tolerance(of:)``.
  static let tolerance = Grid.tolerance

  /// The tolerance, or a quarter of a pixel where pixels are as small as that.
  static func tolerance(of plane: DICOMSlice.Plane) -> Double {
    min(tolerance, min(plane.columnSpacing, plane.rowSpacing) / 4)
  }

  /// Sorts slices of equal orientation, size and pixel spacing.
  init(_ unsorted: [DICOMSlice]) {
    let refusals = Self.refusals(of: unsorted)
    guard let reference = unsorted.first?.plane, unsorted.allSatisfy({ $0.plane != nil }) else {
      let files = unsorted.sorted { $0.path < $1.path }
      let unplaced = files.first { $0.plane == nil }
      (slices, grid, rectification, spacing) = (files, nil, nil, nil)
      problems = refusals.isEmpty ? unplaced.map { [.noPlane(file: $0.name)] } ?? [] : refusals
      return
    }
    let sorted = Self.placed(unsorted, along: reference.normal)
    slices = sorted.map(\.slice)
    let tolerance = Self.tolerance(of: reference)
    let (places, duplicates) = Self.places(in: sorted, tolerance)
    guard places.count > 1 else {
      let thickness = slices[0].thickness.flatMap { $0 > 0 ? $0 : nil }
      let unknown: [DICOMSeriesProblem] = thickness == nil ? [.unknownThickness(file: slices[0].name)] : []
      problems = refusals + duplicates + (duplicates.isEmpty ? unknown : [])
      (spacing, rectification) = (thickness, nil)
      grid = problems.isEmpty ? Self.grid(slices[0], reference, step: thickness ?? 0, count: 1) : nil
      return
    }
    let (spacing, alignment) = (
      SliceSpacing(depths: places.map(\.depth), tolerance: tolerance),
      SliceAlignment(positions: places.map(\.position), normal: reference.normal, tolerance: tolerance)
    )
    let misplaced = Self.problems(places, alignment) + Self.problems(places, spacing, tolerance)
    problems = refusals + duplicates + misplaced
    self.spacing =
      if case .irregular = spacing { zip(places.dropFirst(), places).map { $0.depth - $1.depth }.median } else {
        spacing.step
      }
    grid = problems.isEmpty ? Self.grid(slices[0], reference, step: spacing.step, count: slices.count) : nil
    rectification =
      problems.isEmpty || problems.count > misplaced.count
      ? nil
      : SliceRectification(
        columns: slices[0].columns, rows: slices[0].rows, x: (reference.alongRow * reference.columnSpacing).ras,
        y: (reference.alongColumn * reference.rowSpacing).ras, positions: places.map(\.position.ras),
        step: spacing.step, tolerance: tolerance)
  }

  /// A slice and where its first pixel lies, also along the normal.
  private struct Placed {
    var slice: DICOMSlice
    var position: SIMD3<Double>
    var depth: Double
  }

  /// Slices by rising depth, equal ones in the order they came.
  private static func placed(_ slices: [DICOMSlice], along normal: SIMD3<Double>) -> [Placed] {
    slices.compactMap { slice in
      slice.plane.map { Placed(slice: slice, position: $0.position, depth: $0.position.dot(normal)) }
    }
    .enumerated().sorted { ($0.element.depth, $0.offset) < ($1.element.depth, $1.offset) }.map(\.element)
  }

  /// One slice per place, and the others.
  private static func places(
    in sorted: [Placed], _ tolerance: Double
  ) -> (places: [Placed], duplicates: [DICOMSeriesProblem]) {
    var (places, duplicates): ([Placed], [DICOMSeriesProblem]) = ([], [])
    for placed in sorted {
      if let last = places.last, placed.depth - last.depth < tolerance {
        let isCopy =
          placed.slice.sopInstanceUID != nil && placed.slice.sopInstanceUID == last.slice.sopInstanceUID
          && placed.slice.frame == last.slice.frame
        duplicates.append(.duplicatePosition(first: last.slice.name, second: placed.slice.name, isCopy: isCopy))
      } else {
        places.append(placed)
      }
    }
    return (places, duplicates)
  }

  /// Why images are no slices, each reason with the first file it is found in.
  private static func refusals(of slices: [DICOMSlice]) -> [DICOMSeriesProblem] {
    var seen: Set<String> = []
    return slices.compactMap(\.refusal).filter { seen.insert($0.message).inserted }.map { .unusable($0) }
  }

  private static func problems(_ places: [Placed], _ alignment: SliceAlignment) -> [DICOMSeriesProblem] {
    let strays = alignment.strays.map { stray in
      DICOMSeriesProblem.misaligned(file: places[stray.slice].slice.name, millimetres: stray.distance)
    }
    guard alignment.tilt > 0 else { return strays }
    return [.gantryTilt(degrees: alignment.tilt, file: places[places.count - 1].slice.name)] + strays
  }

  private static func problems(
    _ places: [Placed], _ spacing: SliceSpacing, _ tolerance: Double
  ) -> [DICOMSeriesProblem] {
    let steps = zip(places.dropFirst(), places).map { $0.depth - $1.depth }
    func gap(_ index: Int, usual: Double) -> DICOMSeriesProblem.Gap {
      DICOMSeriesProblem.Gap(
        after: places[index].slice.name, before: places[index + 1].slice.name, step: steps[index], usual: usual,
        runs: runs(of: steps, tolerance))
    }
    switch spacing {
    case .regular: return []
    case .gaps(let step, let multiples):
      return multiples.indices.filter { multiples[$0] > 1 }.map {
        .missingSlices(gap($0, usual: step), count: multiples[$0] - 1)
      }
    case .irregular:
      let usual = steps.median
      let worst = steps.indices.max { abs(steps[$0] - usual) < abs(steps[$1] - usual) }
      return worst.map { [.irregularSpacing(gap($0, usual: usual))] } ?? []
    }
  }

  /// Neighbouring steps that are equal within the tolerance.
  private static func runs(of steps: [Double], _ tolerance: Double) -> [(count: Int, step: Double)] {
    var runs: [(count: Int, step: Double)] = []
    for step in steps {
      if let last = runs.last, abs(last.step - step) <= tolerance {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((1, step))
      }
    }
    return runs
  }

  private static func grid(_ first: DICOMSlice, _ plane: DICOMSlice.Plane, step: Double, count: Int) -> Grid {
    Grid(
      dimensions: [first.columns, first.rows, count],
      affine: Affine(
        x: (plane.alongRow * plane.columnSpacing).ras, y: (plane.alongColumn * plane.rowSpacing).ras,
        z: (plane.normal * step).ras, t: (first.plane ?? plane).position.ras))
  }
}

extension SIMD3<Double> {
  /// From LPS+ to RAS+.
  fileprivate var ras: Self { self * [-1, -1, 1] }
}
