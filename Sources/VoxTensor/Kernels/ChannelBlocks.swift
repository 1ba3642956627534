/// A tensor [1, C, D1...Dk] as blocks of positions times lanes, cut into tasks of a fixed size.
struct ChannelBlocks {
  let layout: Layout
  let vector: Layout
  let channels: Int
  /// Channels next to each other.
  let lanes: Int
  let positions: Int
  let blocks: Int
  /// Tasks per block.
  let chunks: Int

  /// A layout whose order cannot be seen that way is replaced by C order.
  init(_ layout: Layout) throws(EngineError) {
    let shape = layout.shape
    let dense = try Layout(dense: shape)
    let known = layout.channelLanes
    self.layout = known == nil ? dense : layout
    lanes = known ?? 1
    channels = shape[1]
    vector = try Layout(dense: [channels])
    positions = shape.extents.dropFirst(2).reduce(1, *)
    blocks = (channels + lanes - 1) / lanes
    chunks = (positions * lanes + Self.taskSize - 1) / Self.taskSize
  }

  /// Elements per task: large against the cost of dealing it out, small against a cache.
  private static let taskSize = 1 << 16

  /// Channels with those that pad the last block.
  var paddedChannels: Int { blocks * lanes }

  /// Runs a task for every stretch of every block: its number, the offset of its first element, its positions, and its
  /// first channel.
  func forEachTask(_ body: (_ task: Int, _ offset: Int, _ count: Int, _ channel: Int) -> Void) {
    inParallel(blocks * chunks) { task in
      let (block, chunk) = task.quotientAndRemainder(dividingBy: chunks)
      let (first, end) = (chunk * positions / chunks, (chunk + 1) * positions / chunks)
      body(task, (block * positions + first) * lanes, end - first, block * lanes)
    }
  }

  /// The position of the element at an offset, of the block that begins with a channel.
  func position(_ offset: Int, _ channel: Int) -> Int { (offset - channel * positions) / lanes }

  /// The layout of one channel alone.
  func plane() throws(EngineError) -> Layout {
    var shape = layout.shape
    shape[1] = 1
    return try Layout(dense: shape)
  }

  /// Adds up what the tasks of each channel found; two sums per task and lane, the padding's left out.
  func totals(_ partial: UnsafeMutablePointer<Double>, _ channel: Int) -> (Double, Double) {
    let (block, lane) = channel.quotientAndRemainder(dividingBy: lanes)
    var (first, second) = (0.0, 0.0)
    for task in (block * chunks)..<((block + 1) * chunks) {
      first += partial[2 * task * lanes + lane]
      second += partial[(2 * task + 1) * lanes + lane]
    }
    return (first, second)
  }
}
