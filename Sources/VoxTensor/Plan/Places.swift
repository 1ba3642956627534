extension Schedule {
  /// Where buffers lie in the blocks of memory that a plan works in.
  struct Places {
    /// A block of memory.
    enum Block { case work, tape }

    /// For every buffer its block and its offset there.
    fileprivate(set) var buffers: [(block: Block, offset: Int)]
    /// Bytes of the block that all runs share.
    fileprivate(set) var workBytes = 0
    /// Bytes of the block that each tape has for itself; 0 where the tape is in the other block.
    fileprivate(set) var tapeBytes = 0
  }

  /// Gives every buffer a place.
  ///
  /// - Parameter tapeApart: whether the tape has a block of its own, so that several can be kept with one block to work
  ///   in; in one block both together take less, for work is done where the tape is not yet written.
  func places(tapeApart: Bool = false) -> Places {
    var lifetimes = buffers.map { Arena.Lifetime(bytes: $0.bytes, first: .max, last: -1) }
    for (position, step) in steps.enumerated() {
      for index in touched(by: step) {
        lifetimes[index].first = min(lifetimes[index].first, position)
        let isOnTape = position >= reverseStart && lifetimes[index].first < reverseStart
        let stays = isOnTape && (tapeApart || !isReadOnce)
        lifetimes[index].last = stays ? .max : max(lifetimes[index].last, position)
      }
    }
    if let output { lifetimes[output].last = max(lifetimes[output].last, reverseStart - 1) }
    let writings = lifetimes.map(\.first)
    let owners = shareInPlace(&lifetimes)
    var blocks = Blocks(owners, writings, lifetimes)
    for (position, step) in steps.enumerated() {
      for (part, whole, offset) in step.kernel.inside {
        guard case .buffer(let part)? = step.place(of: part), case .buffer(let whole)? = step.place(of: whole) else {
          continue
        }
        let isSameBlock =
          !tapeApart || (lifetimes[owners[part]].last == .max) == (lifetimes[owners[whole]].last == .max)
        if isSameBlock { blocks.lay(owners[part], inside: owners[whole], at: offset, position) }
      }
    }
    var places = Places(buffers: Array(repeating: (.work, 0), count: buffers.count))
    let isApart = { (index: Int) in tapeApart && lifetimes[index].last == .max }
    let alive = lifetimes.indices.filter { owners[$0] == $0 && lifetimes[$0].last >= 0 && !blocks.isInside($0) }
    places.workBytes = blocks.place(alive.filter { !isApart($0) }) { places.buffers[$0] = (.work, $1) }
    places.tapeBytes = blocks.place(alive.filter(isApart)) { places.buffers[$0] = (.tape, $1) }
    for (index, owner) in owners.enumerated() where owner != index { places.buffers[index] = places.buffers[owner] }
    return places
  }

  /// Lets a kernel that may overwrite a buffer do so where nobody reads the buffer later: the two become one.
  ///
  /// - Returns: for every buffer the one whose memory it has.
  private func shareInPlace(_ lifetimes: inout [Arena.Lifetime]) -> [Int] {
    var owners = Array(lifetimes.indices)
    for (position, step) in steps.enumerated() {
      for pair in step.kernel.inPlace {
        guard case .buffer(let read)? = step.place(of: pair.read),
          case .buffer(let written)? = step.place(of: pair.written)
        else { continue }
        let owner = owners[read]
        // Another slot may see the same memory in another order.
        let readers = touched(by: step).count { owners[$0] == owner }
        guard owner != written, readers == 1, lifetimes[owner].last == position, lifetimes[written].first == position,
          lifetimes[owner].bytes == lifetimes[written].bytes
        else { continue }
        lifetimes[owner].last = lifetimes[written].last
        owners[written] = owner
        break
      }
    }
    return owners
  }
}

/// Buffers that lie inside others.
private struct Blocks {
  private let lifetimes: [Arena.Lifetime]
  /// Steps that write the memory of every owner, in their order.
  private var writings: [[Int]]
  /// What lies inside a buffer, and where.
  private var parts: [Int: [(part: Int, offset: Int)]] = [:]
  private var inside: Set<Int> = []

  init(_ owners: [Int], _ writings: [Int], _ lifetimes: [Arena.Lifetime]) {
    self.lifetimes = lifetimes
    self.writings = Array(repeating: [], count: lifetimes.count)
    for (buffer, owner) in owners.enumerated() { self.writings[owner].append(writings[buffer]) }
    for owner in self.writings.indices { self.writings[owner].sort() }
  }

  func isInside(_ buffer: Int) -> Bool { inside.contains(buffer) }

  /// Lays a buffer inside another where the two have the same values from a step on, which makes one of them of the other,
  /// and neither changes while the other is read.
  mutating func lay(_ part: Int, inside whole: Int, at offset: Int, _ step: Int) {
    let (own, all) = (lifetimes[part], lifetimes[whole])
    guard part != whole, offset % 64 == 0, offset + own.bytes <= all.bytes, parts[part] == nil, !inside.contains(part),
      !inside.contains(whole)
    else { return }
    // One of the two is made at this step; what changes either afterwards waits until the other is done with.
    guard (writings[part].first == step) != (writings[whole].first == step),
      writings[part].allSatisfy({ $0 <= step || $0 > all.last }),
      writings[whole].allSatisfy({ $0 <= step || $0 > own.last })
    else { return }
    let isFree = (parts[whole] ?? []).allSatisfy { other in
      let rival = lifetimes[other.part]
      return other.offset + rival.bytes <= offset || offset + own.bytes <= other.offset || rival.last < own.first
        || own.last < rival.first
    }
    if !isFree { return }
    parts[whole, default: []].append((part, offset))
    inside.insert(part)
  }

  /// Places buffers and what lies inside them; returns the bytes of it all.
  func place(_ owners: [Int], _ found: (_ buffer: Int, _ offset: Int) -> Void) -> Int {
    let placed = Arena.place(
      owners.map { owner in
        Arena.Block([(0, lifetimes[owner])] + (parts[owner] ?? []).map { ($0.offset, lifetimes[$0.part]) })
      })
    for (owner, offset) in zip(owners, placed.offsets) {
      found(owner, offset)
      for part in parts[owner] ?? [] { found(part.part, offset + part.offset) }
    }
    return placed.bytes
  }
}
