import Dispatch
import Synchronization
import VoxGrid

/// Decodes slices straight to where their voxels lie in a volume, several threads at once.
///
/// Memory: the volume, and for each thread a frame and its compressed bytes; where neighbouring voxels of the volume
/// come from neighbouring slices, for each thread also as many slices as fill a line of the cache.
struct SliceDecoding<Voxel: RescaledVoxel> {
  private let slices: [DICOMSlice]
  private let count: Int
  /// Offset of the first voxel of the first slice, and what a step along columns, rows and slices adds to it.
  private let start: Int
  private let steps: SIMD3<Int>

  /// Takes slices that make up the input of a mapping.
  init(_ slices: [DICOMSlice], _ mapping: AxisMapping) {
    let (from, to) = (mapping.input.orientation, mapping.output.orientation)
    var (start, steps, step) = (0, SIMD3<Int>.zero, 1)
    for axis in 0..<3 {
      let source = (0..<3).first { from.axes[$0] == to.axes[axis] } ?? axis
      let isFlipped = from.signs[source] != to.signs[axis]
      steps[source] = isFlipped ? -step : step
      if isFlipped { start += (mapping.output.dimensions[axis] - 1) * step }
      step *= mapping.output.dimensions[axis]
    }
    (self.slices, count, self.start, self.steps) = (slices, mapping.output.count, start, steps)
  }

  /// The voxels of the output; `nil` where a value does not fit the type.
  ///
  /// - Throws: ``FormatError``: `malformed`, `unreadable`, `unsupported`.
  func voxels(threads: Int) throws(FormatError) -> [Voxel]? {
    let outcome = Mutex<Outcome>(.complete)
    let next = Atomic(0)
    let batches = batches(threads)
    let voxels = [Voxel](unsafeUninitializedCapacity: count) { buffer, initialized in
      nonisolated(unsafe) let target = buffer
      DispatchQueue.concurrentPerform(iterations: max(1, min(threads, batches.count))) { _ in
        let reader = DICOMFrameReader()
        var block = FrameBuffer()
        while case .complete = outcome.withLock({ $0 }) {
          let batch = next.add(1, ordering: .relaxed).oldValue
          guard batch < batches.count else { return }
          let found = decode(batches[batch], with: reader, through: &block, into: target)
          outcome.withLock { $0.merge(found) }
        }
      }
      if case .complete = outcome.withLock({ $0 }) { initialized = count }
    }
    switch outcome.withLock({ $0 }) {
    case .complete: return voxels
    case .overflow: return nil
    case .failed(let error): throw error
    }
  }

  /// Whether neighbouring voxels of the volume come from neighbouring slices.
  private var mixesSlices: Bool { abs(steps.z) == 1 && abs(steps.x) != 1 && abs(steps.y) != 1 }

  /// Places of slices that one thread decodes: neighbouring frames of a file, and all that come out of one stream; or
  /// neighbouring slices where they mix.
  private func batches(_ threads: Int) -> [[Int]] {
    var files: [ObjectIdentifier?: [Int]] = [:]
    for index in slices.indices { files[slices[index].source.map(ObjectIdentifier.init), default: []].append(index) }
    let parts = files.values.flatMap { indices -> [[Int]] in
      let sorted = indices.sorted { slices[$0].frame < slices[$1].frame }
      let isStream = if case .deflated? = slices[sorted[0]].source?.storage { true } else { false }
      let isOneFrame = slices[sorted[0]].frame == slices[sorted[sorted.count - 1]].frame
      if isStream || isOneFrame { return [sorted] }
      if mixesSlices { return indices.map { [$0] } }
      return stride(from: 0, to: sorted.count, by: 8).map { Array(sorted[$0..<min($0 + 8, sorted.count)]) }
    }.sorted { $0[0] < $1[0] }
    guard mixesSlices else { return parts }
    let line = max(1, min(64 / MemoryLayout<Voxel>.stride, slices.count / (8 * max(1, threads))))
    return parts.reduce(into: []) { runs, part in
      if let last = runs.last, last.count + part.count <= line {
        runs[runs.count - 1] += part
      } else {
        runs.append(part)
      }
    }
  }

  private func decode(
    _ batch: [Int], with reader: DICOMFrameReader, through block: inout FrameBuffer,
    into target: UnsafeMutableBufferPointer<Voxel>
  ) -> Outcome {
    guard let base = target.baseAddress else { return .complete }
    let size = slices[batch[0]].columns * slices[batch[0]].rows
    var gathered: UnsafeMutablePointer<Voxel>?
    if mixesSlices, batch.count > 1 {
      let bytes = batch.count * size * MemoryLayout<Voxel>.stride
      block.reserve(bytes)
      gathered = block[bytes].bindMemory(to: Voxel.self).baseAddress
    }
    for (place, index) in batch.enumerated() {
      let slice = slices[index]
      guard let source = slice.source else {
        return .failed(slice.refusal ?? FormatError(.unsupported, "expected grey values", at: .file(slice.path)))
      }
      let frame: UnsafeRawBufferPointer
      do { frame = try reader.read(slice.frame, of: source) } catch { return .failed(error) }
      let pixels = SlicePixels(slice, of: frame, source, reader.words)
      guard Voxel.holds(slice.rescale(reader.words.range)) || Voxel.holds(slice.rescale(pixels.range)) else {
        return .overflow
      }
      if let gathered {
        pixels.write(to: gathered + place * size, column: 1, row: slice.columns, rescale: slice.rescale)
      } else {
        pixels.write(to: base + start + index * steps.z, column: steps.x, row: steps.y, rescale: slice.rescale)
      }
    }
    if let gathered { scatter(gathered, batch, to: base + start) }
    return .complete
  }

  /// Moves slices that lie one after the other to where they mix, in blocks that stay in the cache.
  private func scatter(
    _ source: UnsafeMutablePointer<Voxel>, _ batch: [Int], to target: UnsafeMutablePointer<Voxel>
  ) {
    let (columns, rows) = (slices[batch[0]].columns, slices[batch[0]].rows)
    let offsets = batch.map { $0 * steps.z }
    for row in 0..<rows {
      for first in stride(from: 0, to: columns, by: 32) {
        for column in first..<min(first + 32, columns) {
          let (from, to) = (source + row * columns + column, target + row * steps.y + column * steps.x)
          for place in offsets.indices { to[offsets[place]] = from[place * columns * rows] }
        }
      }
    }
  }
}

/// How decoding ended; a failure outweighs a value that does not fit.
private enum Outcome: Sendable {
  case complete
  case overflow
  case failed(FormatError)

  mutating func merge(_ other: Outcome) {
    switch (self, other) {
    case (.failed, _), (_, .complete): break
    default: self = other
    }
  }
}
