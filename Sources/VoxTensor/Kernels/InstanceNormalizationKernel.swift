internal import CDNNL
internal import CVoxKernels

extension Kernel {
  /// Normalizes each channel over its positions.
  ///
  /// `source` [1, C, D1...Dk], `scale` [C] and `shift` [C] to `destination`, and to `mean` [C] and `variance` [C],
  /// biased. Sums are in double precision, so that no result depends on their order.
  public convenience init(instanceNormalization source: Layout, epsilon: Float) throws(EngineError) {
    self.init(InstanceNormalizationKernel(try ChannelBlocks(source), epsilon: epsilon))
  }

  /// `source`, its `mean` and `variance`, `scale` and `destinationCotangent` to `sourceCotangent`.
  public convenience init(vjpOfInstanceNormalization source: Layout, epsilon: Float) throws(EngineError) {
    self.init(InstanceNormalizationVJPKernel(try ChannelBlocks(source), epsilon: epsilon))
  }
}

/// A tensor [1, C, D1...Dk] as blocks of positions times lanes, cut into tasks of a fixed size.
private struct ChannelBlocks {
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

/// Memory of slots and coefficients that the two kernels share.
private class NormalizationKernel: NativeKernel {
  let blocks: ChannelBlocks
  let epsilon: Double
  /// Two sums per task and lane.
  let partial: UnsafeMutablePointer<Double>
  /// Coefficients per channel, padding included; zero in the padding, which therefore stays zero.
  let coefficients: UnsafeMutablePointer<Float>

  init(_ blocks: ChannelBlocks, epsilon: Float, coefficients count: Int) {
    (self.blocks, self.epsilon) = (blocks, Double(epsilon))
    partial = .allocate(capacity: 2 * blocks.blocks * blocks.chunks * blocks.lanes)
    coefficients = .allocate(capacity: count * blocks.paddedChannels)
    coefficients.initialize(repeating: 0, count: count * blocks.paddedChannels)
  }

  deinit {
    partial.deallocate()
    coefficients.deallocate()
  }

  /// The coefficients of one kind, one per channel.
  func coefficient(_ kind: Int) -> UnsafeMutablePointer<Float> { coefficients + kind * blocks.paddedChannels }

  var implementation: String { "native:\(blocks.lanes) lanes" }
}

/// The forward pass: one sweep for the moments, one for the result.
private final class InstanceNormalizationKernel: NormalizationKernel, KernelBackend {
  init(_ blocks: ChannelBlocks, epsilon: Float) { super.init(blocks, epsilon: epsilon, coefficients: 2) }

  func layout(_ slot: Kernel.Slot) -> Layout? {
    switch slot {
    case .source, .destination: blocks.layout
    case .scale, .shift, .mean, .variance: blocks.vector
    default: nil
    }
  }

  func run() throws(EngineError) {
    let (x, y) = (try memory(.source), try memory(.destination))
    let (scale, shift) = (try memory(.scale), try memory(.shift))
    let (mean, variance) = (try memory(.mean), try memory(.variance))
    let (blocks, partial, lanes) = (self.blocks, self.partial, self.blocks.lanes)
    blocks.forEachTask { task, offset, count, _ in
      let sums = partial + 2 * task * lanes
      cvox_moments(x + offset, count, lanes, sums, sums + lanes)
    }
    let (factors, offsets) = (coefficient(0), coefficient(1))
    let positions = Double(blocks.positions)
    for channel in 0..<blocks.channels {
      let (sum, squares) = blocks.totals(partial, channel)
      let average = sum / positions
      let spread = max(0, squares / positions - average * average)
      let factor = Double(scale[channel]) / (spread + epsilon).squareRoot()
      (mean[channel], variance[channel]) = (Float(average), Float(spread))
      (factors[channel], offsets[channel]) = (Float(factor), Float(Double(shift[channel]) - average * factor))
    }
    blocks.forEachTask { _, offset, count, channel in
      cvox_affine(x + offset, count, lanes, factors + channel, offsets + channel, y + offset)
    }
  }
}

/// The reverse pass: `dx = scale * rstd * (dy - mean(dy) - xhat * mean(dy * xhat))`.
private final class InstanceNormalizationVJPKernel: NormalizationKernel, KernelBackend {
  init(_ blocks: ChannelBlocks, epsilon: Float) { super.init(blocks, epsilon: epsilon, coefficients: 4) }

  func layout(_ slot: Kernel.Slot) -> Layout? {
    switch slot {
    case .source, .destinationCotangent, .sourceCotangent: blocks.layout
    case .scale, .mean, .variance: blocks.vector
    default: nil
    }
  }

  func run() throws(EngineError) {
    let (x, dy, dx) = (try memory(.source), try memory(.destinationCotangent), try memory(.sourceCotangent))
    let (scale, mean, variance) = (try memory(.scale), try memory(.mean), try memory(.variance))
    let (blocks, partial, lanes) = (self.blocks, self.partial, self.blocks.lanes)
    let means = coefficient(0)
    means.update(from: mean, count: blocks.channels)
    blocks.forEachTask { task, offset, count, channel in
      let sums = partial + 2 * task * lanes
      cvox_centred_products(x + offset, dy + offset, count, lanes, means + channel, sums, sums + lanes)
    }
    let (a, b, c) = (coefficient(1), coefficient(2), coefficient(3))
    let positions = Double(blocks.positions)
    for channel in 0..<blocks.channels {
      let (sum, products) = blocks.totals(partial, channel)
      let rstd = 1 / (Double(variance[channel]) + epsilon).squareRoot()
      let factor = Double(scale[channel]) * rstd
      a[channel] = Float(factor)
      b[channel] = Float(-factor * rstd * rstd * products / positions)
      c[channel] = Float(-factor * sum / positions)
    }
    blocks.forEachTask { _, offset, count, channel in
      cvox_normalization_vjp(
        x + offset, dy + offset, count, lanes, means + channel, a + channel, b + channel, c + channel, dx + offset)
    }
  }
}
