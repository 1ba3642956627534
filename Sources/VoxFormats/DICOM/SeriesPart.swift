import VoxGrid

/// Images of one series that can be one volume, and what tells them from the other images of the series.
struct SeriesPart {
  /// In the order they came.
  var slices: [DICOMSlice]
  /// For a user, such as `orientation 2: sagittal`, `echo 2 (TE 40 ms)`; empty where the series is one part.
  var labels: [String] = []

  /// Takes a series apart: by size, orientation and pixel spacing, then, where places repeat, by what tells the images
  /// of one place apart.
  ///
  /// - Parameter images: of one series, sorted so that the result does not depend on how they were found.
  static func parts(of images: [DICOMSlice]) -> [SeriesPart] {
    var stacks: [[DICOMSlice]] = []
    for image in images {
      if let index = stacks.firstIndex(where: { $0[0].stacks(with: image) }) {
        stacks[index].append(image)
      } else {
        stacks.append([image])
      }
    }
    let firsts = stacks.map { $0[0] }
    return stacks.enumerated().flatMap { index, slices in
      SeriesPart(slices: slices, labels: geometryLabels(firsts, index)).volumes
    }
  }

  /// The parts of a stack, each with as few images per place as can be.
  private var volumes: [SeriesPart] {
    guard let places = Places(slices) else { return [self] }
    return divided(by: SeriesDiscriminator.all, places, Array(slices.indices)).map { volume in
      SeriesPart(slices: volume.members.map { slices[$0] }, labels: labels + volume.labels)
    }
  }

  private func divided(
    by discriminators: [SeriesDiscriminator], _ places: Places, _ members: [Int]
  ) -> [(members: [Int], labels: [String])] {
    guard places.excess(members) > 0 else { return [(members, [])] }
    for discriminator in discriminators {
      let groups = discriminator.groups(members, of: slices, at: places)
      guard groups.count > 1 else { continue }
      let firsts = groups.map { slices[$0[0]] }
      return groups.enumerated().flatMap { index, group in
        divided(by: discriminators, places, group).map {
          ($0.members, [discriminator.label(firsts, index)] + $0.labels)
        }
      }
    }
    return [(members, [])]
  }

  /// What a stack has that the other stacks of its series have not.
  private static func geometryLabels(_ stacks: [DICOMSlice], _ index: Int) -> [String] {
    guard stacks.count > 1 else { return [] }
    let own = stacks[index]
    guard let plane = own.plane else { return ["without a place in the patient"] }
    var orientations: [DICOMSlice.Plane] = []
    for other in stacks.compactMap(\.plane) where !orientations.contains(where: { $0.isParallel(to: other) }) {
      orientations.append(other)
    }
    var labels: [String] = []
    if orientations.count > 1, let number = orientations.firstIndex(where: { $0.isParallel(to: plane) }) {
      labels.append("orientation \(number + 1): \(plane.name)")
    }
    if stacks.contains(where: { ($0.columns, $0.rows) != (own.columns, own.rows) }) {
      labels.append("\(own.columns)x\(own.rows) pixels")
    }
    let isRespaced = stacks.compactMap(\.plane).contains { !$0.hasSpacing(of: plane) }
    if isRespaced {
      let spacing = [plane.columnSpacing, plane.rowSpacing].map { DICOMSeriesProblem.decimal($0, 4) }
      labels.append("pixels of \(spacing.joined(separator: "x")) mm")
    }
    return labels
  }
}

/// Which of the places along the normal each image of a stack lies at.
private struct Places {
  /// The place of each image, counted from 0 along the normal.
  let place: [Int]

  /// Numbers places; `nil` where an image does not say where it lies.
  init?(_ slices: [DICOMSlice]) {
    guard let reference = slices.first?.plane, slices.allSatisfy({ $0.plane != nil }) else { return nil }
    let tolerance = SliceStack.tolerance(of: reference)
    let depths = slices.map { $0.plane?.position.dot(reference.normal) ?? 0 }
    var place = Array(repeating: 0, count: slices.count)
    var (start, number) = (-Double.infinity, -1)
    for index in depths.indices.sorted(by: { depths[$0] < depths[$1] }) {
      if !(depths[index] - start < tolerance) { (start, number) = (depths[index], number + 1) }
      place[index] = number
    }
    self.place = place
  }

  /// How many different places images lie at.
  func count(_ members: [Int]) -> Int { Set(members.lazy.map { place[$0] }).count }

  /// How many images lie where another does.
  func excess(_ members: [Int]) -> Int { members.count - count(members) }
}

extension SeriesDiscriminator {
  /// Divides images so that fewer share a place; nothing where this is not what tells them apart.
  fileprivate func groups(_ members: [Int], of slices: [DICOMSlice], at places: Places) -> [[Int]] {
    let keys = Dictionary(uniqueKeysWithValues: members.map { ($0, key(slices[$0])) })
    switch rule {
    case .value: return byValue(members, keys, places)
    case .order, .sweep: return byOrder(members, keys.compactMapValues { $0 }, places)
    }
  }

  private func byValue(_ members: [Int], _ keys: [Int: Key?], _ places: Places) -> [[Int]] {
    let groups = Dictionary(grouping: members) { keys[$0] ?? nil }
    guard groups.count > 1 else { return [] }
    let counts = groups.values.map { places.count($0) }
    // A value that each slice has for itself, as some scanners number acquisitions, tells slices apart, not volumes.
    guard members.count - counts.reduce(0, +) < places.excess(members),
      counts.reduce(0, +) * 2 > places.count(members) * groups.count
    else { return [] }
    return groups.sorted { left, right in
      guard let (l, r) = left.key.flatMap({ l in right.key.map { (l, $0) } }) else { return left.key == nil }
      return l < r
    }.map(\.value)
  }

  private func byOrder(_ members: [Int], _ keys: [Int: Key], _ places: Places) -> [[Int]] {
    guard keys.count == members.count else { return [] }
    let columns = Dictionary(grouping: members) { places.place[$0] }.sorted { $0.key < $1.key }.map { column in
      column.value.compactMap { index in keys[index].map { (index: index, key: $0) } }.sorted { $0.key < $1.key }
    }
    guard let count = columns.first?.count, count > 1,
      columns.allSatisfy({ column in
        column.count == count && zip(column, column.dropFirst()).allSatisfy { $0.key < $1.key }
      })
    else { return [] }
    let volumes = (0..<count).map { number in columns.map { $0[number] } }
    if case .sweep = rule {
      let runs = [volumes, columns].map { $0.map { $0.map(\.key).sorted() } }
      guard runs.contains(where: Self.follow) else { return [] }
    }
    return volumes.map { $0.map(\.index).sorted() }
  }

  /// Whether sorted runs of values come one after the other.
  private static func follow(_ runs: [[Key]]) -> Bool {
    let ends = runs.compactMap { run in run.first.flatMap { low in run.last.map { (low: low, high: $0) } } }
      .sorted { $0.low < $1.low }
    return zip(ends, ends.dropFirst()).allSatisfy { $0.high < $1.low }
  }
}

extension DICOMSlice {
  fileprivate func stacks(with other: DICOMSlice) -> Bool {
    guard rows == other.rows, columns == other.columns else { return false }
    return switch (plane, other.plane) {
    case (let own?, let other?): own.isParallel(to: other) && own.hasSpacing(of: other)
    case (nil, nil): true
    default: false
    }
  }
}

extension DICOMSlice.Plane {
  /// Whether another image has parallel rows and columns.
  fileprivate func isParallel(to other: DICOMSlice.Plane) -> Bool {
    (alongRow - other.alongRow).length < 1e-3 && (alongColumn - other.alongColumn).length < 1e-3
  }

  /// Whether another image has pixels of the same size.
  fileprivate func hasSpacing(of other: DICOMSlice.Plane) -> Bool {
    abs(columnSpacing - other.columnSpacing) < 1e-4 * columnSpacing
      && abs(rowSpacing - other.rowSpacing) < 1e-4 * rowSpacing
  }

  /// The body plane nearest to the image.
  fileprivate var name: String {
    let components = (0..<3).map { abs(normal[$0]) }
    let axis = (0..<3).max { components[$0] < components[$1] } ?? 2
    return (components[axis] > 0.995 ? "" : "oblique ") + ["sagittal", "coronal", "axial"][axis]
  }
}
