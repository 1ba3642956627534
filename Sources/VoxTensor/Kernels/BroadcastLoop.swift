internal import CVoxKernels

/// A function of a tensor and one that is repeated along some of its axes, both in C order, as a loop over stretches
/// in which either every element has a partner of its own, or all have the same.
struct BroadcastLoop {
  private let source: Layout
  private let second: Layout
  /// Extents of neighbouring axes taken together, slowest first, and steps of the second tensor along them; the last
  /// one is the stretch.
  private let extents: [Int]
  private let steps: [Int]

  /// Looks at two layouts of one rank; `nil` where one of them is not in C order.
  init?(_ source: Layout, _ second: Layout) throws(EngineError) {
    let (shape, other) = (source.shape, second.shape)
    guard source == (try Layout(dense: shape)), second == (try Layout(dense: other)), shape.rank == other.rank else {
      return nil
    }
    var (extents, steps): ([Int], [Int]) = ([], [])
    let strides = other.strides
    for axis in 0..<shape.rank where shape[axis] > 1 {
      let step = other[axis] == 1 ? 0 : strides[axis]
      if let last = steps.last, last == (step == 0 ? 0 : step * shape[axis]) {
        extents[extents.count - 1] *= shape[axis]
        steps[steps.count - 1] = step
      } else {
        extents.append(shape[axis])
        steps.append(step)
      }
    }
    (self.source, self.second) = (source, second)
    (self.extents, self.steps) = (extents.isEmpty ? [1] : extents, steps.isEmpty ? [0] : steps)
  }

  /// `source` and `secondSource` to `destination`.
  func kernel(_ function: Binary) -> LoopKernel {
    let (code, extents, steps) = (function.code, extents, steps)
    let (stretch, isRepeated) = (extents[extents.count - 1], steps[steps.count - 1] == 0)
    let rows = extents.dropLast().reduce(1, *)
    let layouts: [Kernel.Slot: Layout] = [.source: source, .secondSource: second, .destination: source]
    return LoopKernel("\(function) of stretches", layouts) { slots throws(EngineError) in
      let (a, b) = (try slots.memory(.source), try slots.memory(.secondSource))
      let y = try slots.memory(.destination)
      inStretches(of: rows, max(1, (1 << 15) / stretch)) { first, end in
        for row in first..<end {
          var (rest, offset) = (row, 0)
          for axis in (0..<extents.count - 1).reversed() {
            let (quotient, index) = rest.quotientAndRemainder(dividingBy: extents[axis])
            offset += index * steps[axis]
            rest = quotient
          }
          cvox_combine(code, a + row * stretch, b + offset, stretch, isRepeated, y + row * stretch)
        }
      }
    }
  }
}
