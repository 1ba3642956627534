internal import Foundation

extension Kernel {
  /// `part(i)` to `destination`, one after the other along `axis`; `nil` where their memories do not follow each other
  /// there.
  ///
  /// Nothing is copied of a part whose memory is its place in the destination's.
  public convenience init?(joining parts: [Layout], along axis: Int) throws(EngineError) {
    guard let first = parts.first else { return nil }
    var shape = first.shape
    shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
    let lanes = first.channelLanes ?? 1
    // Blocks of channels are joined, channels last are not.
    guard lanes == 1 || axis > 1 || (axis == 1 && [8, 16].contains(lanes)) else { return nil }
    let whole = try lanes > 1 ? Layout(shape, lanes: lanes) : Layout(dense: shape)
    var (start, offsets, layouts) = (0, [Int](), [Slot.destination: whole])
    for (index, part) in parts.enumerated() {
      guard let offset = whole.offset(of: part, along: axis, at: start) else { return nil }
      offsets.append(offset)
      layouts[.part(index)] = part
      start += part.shape[axis]
    }
    self.init(
      LoopKernel("parts", layouts) { [offsets] slots throws(EngineError) in
        let y = try slots.memory(.destination)
        for (index, offset) in offsets.enumerated() {
          copyUnlessThere(try slots.memory(.part(index)), to: y + offset / 4, bytes: parts[index].bytes)
        }
      })
    for (index, offset) in offsets.enumerated() { allow(.part(index), inside: .destination, at: offset) }
  }

  /// A stretch of `source` along `axis` to `destination`, which begins at `start`; `nil` where it is not one stretch of
  /// memory.
  ///
  /// Nothing is copied where the destination is that stretch.
  public convenience init?(part: Layout, of whole: Layout, along axis: Int, at start: Int) {
    guard let offset = whole.offset(of: part, along: axis, at: start) else { return nil }
    self.init(
      LoopKernel("part", [.source: whole, .destination: part]) { slots throws(EngineError) in
        copyUnlessThere(try slots.memory(.source) + offset / 4, to: try slots.memory(.destination), bytes: part.bytes)
      })
    allow(.destination, inside: .source, at: offset)
  }
}

private func copyUnlessThere(_ from: UnsafeMutablePointer<Float>, to: UnsafeMutablePointer<Float>, bytes: Int) {
  if from == to { return }
  inStretches(of: bytes / 4, 1 << 18) { first, end in memcpy(to + first, from + first, 4 * (end - first)) }
}

extension Layout {
  /// The byte at which a part, laid out like the whole, begins and goes on to its own end; `nil` where the part is
  /// scattered.
  fileprivate func offset(of part: Layout, along axis: Int, at start: Int) -> Int? {
    let (lanes, shape, own) = (channelLanes ?? 1, self.shape, part.shape)
    guard let stored, part.stored != nil, lanes == part.channelLanes ?? 1 else { return nil }
    let isBlocked = lanes > 1 && axis == 1
    if isBlocked, start % lanes != 0 || (own[1] % lanes != 0 && start + own[1] != shape[1]) { return nil }
    // A tensor without axes is stored as one of a single element.
    guard stored.rank > axis, stored.extents[..<axis].allSatisfy({ $0 == 1 }) else { return nil }
    let inner = stored.extents[(axis + 1)...].reduce(1, *)
    return 4 * inner * (isBlocked ? start / lanes : start)
  }
}
