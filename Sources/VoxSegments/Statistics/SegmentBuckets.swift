import VoxGrid

/// The finite image values of each segment side by side, found in two passes over the voxels.
struct SegmentBuckets: Sendable {
  private let segments: [Int: Segment]
  private let values: [Float]

  /// Sorts voxels into segments.
  ///
  /// - Precondition: `image` and `labels` have as many voxels.
  /// - Complexity: O(voxels).
  init(image: Volume<Float>, labels: LabelMap, background: Bool) {
    let grid = image.grid
    var slots = SegmentSlots()
    var segments: [Segment] = []
    values = image.voxels.withUnsafeBufferPointer { image in
      labels.voxels.withUnsafeBufferPointer { labels in
        labels.forEachRun { label, run in
          guard background || label != 0 else { return }
          let slot = slots.slot(label)
          if slot == segments.count { segments.append(Segment()) }
          segments[slot].add(run, of: grid)
        }
        var next = 0
        for slot in segments.indices {
          segments[slot].range = next..<next
          next += segments[slot].voxels
        }
        return [Float](unsafeUninitializedCapacity: next) { values, count in
          values.initialize(repeating: 0)
          labels.forEachRun { label, run in
            guard background || label != 0 else { return }
            let slot = slots.slot(label)
            var end = segments[slot].range.upperBound
            for voxel in run where image[voxel].isFinite {
              values[end] = image[voxel]
              end += 1
            }
            segments[slot].range = segments[slot].range.lowerBound..<end
          }
          count = next
        }
      }
    }
    self.segments = Dictionary(uniqueKeysWithValues: zip(slots.labels.map(Int.init), segments))
  }

  /// The labels that occur.
  var labels: [Int] { Array(segments.keys) }

  /// The voxels of one label, none where the label does not occur.
  ///
  /// - Complexity: O(n) for n voxels.
  func sample(_ label: Int, grid: Grid, shape: SegmentShape) -> SegmentSample {
    let segment = segments[label, default: Segment()]
    return SegmentSample(
      voxels: segment.voxels, indexSum: SIMD3<Double>(segment.indexSum), grid: grid,
      sorted: values[segment.range].radixSorted(), shape: shape)
  }
}

/// How many voxels a segment has, where they lie in space and where their values lie among all values.
private struct Segment: Sendable {
  var voxels = 0
  var indexSum = SIMD3<Int>.zero
  var range = 0..<0

  /// Counts a run of neighbouring voxels, which may go on into further rows.
  mutating func add(_ run: Range<Int>, of grid: Grid) {
    voxels += run.count
    var start = run.lowerBound
    while start < run.upperBound {
      let index = grid.index(start)
      let count = min(run.upperBound - start, grid.dimensions.x - index.x)
      indexSum &+= SIMD3(count * index.x + count * (count - 1) / 2, count * index.y, count * index.z)
      start += count
    }
  }
}
