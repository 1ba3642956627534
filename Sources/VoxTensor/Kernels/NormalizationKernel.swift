internal import CVoxKernels

/// How channels are normalized, scaled and bent.
public struct ChannelNormalization: Sendable {
  /// Groups of neighbouring channels that share mean and variance; as many as channels where each has its own.
  public var groups: Int
  /// Added to the variance.
  public var epsilon: Float
  /// What the results below zero of each channel are multiplied by; `nil` where they are left alone.
  public var slopes: [Float]?

  /// Makes a description.
  public init(groups: Int, epsilon: Float, slopes: [Float]? = nil) {
    (self.groups, self.epsilon, self.slopes) = (groups, epsilon, slopes)
  }
}

extension Kernel {
  /// Normalizes groups of channels over their positions, and applies what follows in the same sweep.
  ///
  /// `source` [1, C, D1...Dk], `scale` [C] and `shift` [C] to `destination`, and to `mean` [C] and `variance` [C],
  /// biased, those of a channel's group. Sums are in double precision, so that no result depends on their order.
  public convenience init(normalization: ChannelNormalization, of source: Layout) throws(EngineError) {
    self.init(NormalizationForward(normalization, try ChannelBlocks(source)))
    allow(.destination, inPlaceOf: .source)
  }

  /// `source`, its `mean` and `variance`, `scale`, `shift` and `destinationCotangent` to `sourceCotangent`.
  ///
  /// - Parameter cotangent: what will be read; of an outer product only the plane, its `row` and, where there are any, its
  ///   `factors`, and of one that a rectifier's derivative is yet to be applied to, the `signs` too, where they are in
  ///   blocks of 8 or 16 channels.
  public convenience init(
    vjpOf normalization: ChannelNormalization, of source: Layout, cotangent: Operand
  ) throws(EngineError) {
    let blocks = try ChannelBlocks(source)
    let rectification = cotangent.rectification
    let isKnown = rectification.map { [8, 16].contains(blocks.lanes) && $0.layout == blocks.layout } ?? true
    let (factors, known) = isKnown ? (cotangent.factors, rectification) : (nil, nil)
    try self.init(vjpOf: normalization, of: blocks, factors, known, adds: false)
    setAdding { () throws(EngineError) in
      try Kernel(vjpOf: normalization, of: blocks, factors, known, adds: true)
    }
  }

  private convenience init(
    vjpOf normalization: ChannelNormalization, of blocks: ChannelBlocks, _ factors: RowOfFactors?,
    _ rectification: Rectification?, adds: Bool
  ) throws(EngineError) {
    let row = try factors.map { known throws(EngineError) in try FactorRow(blocks, rows: known.matrix?.shape[0]) }
    self.init(try NormalizationReverse(normalization, blocks, row, rectification, adds: adds))
    if adds { allow(.sourceCotangent, inPlaceOf: .secondSource) }
    if row == nil { allow(.sourceCotangent, inPlaceOf: .destinationCotangent) }
  }
}

/// What the two kernels share: the memory of slots, sums and coefficients.
private class NormalizationKernel: NativeKernel {
  let normalization: ChannelNormalization
  let blocks: ChannelBlocks
  /// Two sums per task and lane.
  let partial: UnsafeMutablePointer<Double>
  /// Coefficients per channel, padding included; zero in the padding, which therefore stays zero.
  private let coefficients: UnsafeMutablePointer<Float>
  /// `factor * x + offset` is the result before it is bent.
  let factors, offsets, slopes: UnsafeMutablePointer<Float>
  let means, a, b, c: UnsafeMutablePointer<Float>

  init(_ normalization: ChannelNormalization, _ blocks: ChannelBlocks) {
    (self.normalization, self.blocks) = (normalization, blocks)
    partial = .allocate(capacity: 2 * blocks.blocks * blocks.chunks * blocks.lanes)
    let count = blocks.paddedChannels
    coefficients = .allocate(capacity: 7 * count)
    coefficients.initialize(repeating: 0, count: 7 * count)
    (factors, offsets, slopes) = (coefficients, coefficients + count, coefficients + 2 * count)
    (means, a, b, c) = (
      coefficients + 3 * count, coefficients + 4 * count, coefficients + 5 * count, coefficients + 6 * count
    )
    for channel in 0..<blocks.channels { slopes[channel] = normalization.slopes?[channel] ?? 1 }
  }

  deinit {
    partial.deallocate()
    coefficients.deallocate()
  }

  var implementation: String { "native:\(blocks.lanes) lanes" }

  /// Channels of a group.
  var width: Int { blocks.channels / normalization.groups }

  /// Values of a group.
  var population: Double { Double(blocks.positions * width) }

  func groupChannels(_ group: Int) -> Range<Int> { group * width..<(group + 1) * width }

  /// `1 / sqrt(variance + epsilon)`.
  func reciprocalDeviation(_ variance: Double) -> Double { 1 / (variance + Double(normalization.epsilon)).squareRoot() }

  /// Sets what takes a channel's `x` to its result before it is bent.
  func setResult(_ channel: Int, mean: Double, variance: Double, scale: Float, shift: Float) {
    let factor = Double(scale) * reciprocalDeviation(variance)
    factors[channel] = Float(factor)
    offsets[channel] = Float(Double(shift) - mean * factor)
  }
}

/// The forward pass: one sweep for the moments, one for the result.
private final class NormalizationForward: NormalizationKernel, KernelBackend {
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
    let (partial, lanes) = (self.partial, blocks.lanes)
    let (factors, offsets, slopes) = (self.factors, self.offsets, self.slopes)
    blocks.forEachTask { task, offset, count, _ in
      let sums = partial + 2 * task * lanes
      cvox_moments(x + offset, count, lanes, sums, sums + lanes)
    }
    for group in 0..<normalization.groups {
      var (sum, squares) = (0.0, 0.0)
      for channel in groupChannels(group) {
        let totals = blocks.totals(partial, channel)
        (sum, squares) = (sum + totals.0, squares + totals.1)
      }
      let average = sum / population
      let spread = max(0, squares / population - average * average)
      for channel in groupChannels(group) {
        (mean[channel], variance[channel]) = (Float(average), Float(spread))
        setResult(channel, mean: average, variance: spread, scale: scale[channel], shift: shift[channel])
      }
    }
    blocks.forEachTask { _, offset, count, channel in
      cvox_normalize(x + offset, count, lanes, factors + channel, offsets + channel, slopes + channel, y + offset)
    }
  }
}

/// The reverse pass: with `d` the cotangent before the result was bent, `dx = rstd * (scale * d - mean(scale * d)
/// - xhat * mean(scale * d * xhat))`, means over a group.
private final class NormalizationReverse: NormalizationKernel, KernelBackend {
  /// Whether `dx` and the `secondSource` are summed.
  private let adds: Bool
  /// Set where the cotangent is an outer product, whose plane is read.
  private let row: FactorRow?
  /// Set where a rectifier's derivative is yet to be applied to it.
  private let rectification: Rectification?
  private let cotangent: Layout

  init(
    _ normalization: ChannelNormalization, _ blocks: ChannelBlocks, _ row: FactorRow?, _ rectification: Rectification?,
    adds: Bool
  ) throws(EngineError) {
    cotangent = try row == nil ? blocks.layout : blocks.plane()
    (self.row, self.rectification, self.adds) = (row, rectification, adds)
    super.init(normalization, blocks)
  }

  override var implementation: String {
    super.implementation + (rectification == nil ? "" : " of rectifier") + (row == nil ? "" : " of outer product")
  }

  func layout(_ slot: Kernel.Slot) -> Layout? {
    switch slot {
    case .source, .sourceCotangent: blocks.layout
    case .destinationCotangent: cotangent
    case .secondSource: adds ? blocks.layout : nil
    case .scale, .shift, .mean, .variance: blocks.vector
    case .signs: rectification?.signs.layout
    default: row?.layouts[slot]
    }
  }

  func run() throws(EngineError) {
    let ones = [Float](repeating: 1, count: blocks.paddedChannels)
    let factors = try row.map { known throws(EngineError) in try known.values(self) } ?? ones
    try factors.withUnsafeBufferPointer { values throws(EngineError) in
      if let start = values.baseAddress { try run(start) }
    }
  }

  private func run(_ row: UnsafePointer<Float>) throws(EngineError) {
    let (x, dy, dx) = (try memory(.source), try memory(.destinationCotangent), try memory(.sourceCotangent))
    let addend = adds ? try memory(.secondSource) : nil
    let (scale, shift) = (try memory(.scale), try memory(.shift))
    let (mean, variance) = (try memory(.mean), try memory(.variance))
    let (partial, lanes) = (self.partial, blocks.lanes)
    let (factors, offsets, slopes) = (self.factors, self.offsets, self.slopes)
    let (means, a, b, c) = (self.means, self.a, self.b, self.c)
    let (blocks, isOuter, slope) = (self.blocks, self.row != nil, rectification?.slope ?? 1)
    let signs = try rectification.map { _ throws(EngineError) in try memory(.signs, of: UInt8.self) }
    func cotangent(_ offset: Int, _ channel: Int) -> cvox_cotangent {
      cvox_cotangent(
        values: dy + (isOuter ? blocks.position(offset, channel) : offset), row: row + channel,
        signs: signs.map { $0 + offset / UInt8.bitWidth }, bend: slope, is_outer: isOuter)
    }
    for channel in 0..<blocks.channels {
      means[channel] = mean[channel]
      setResult(
        channel, mean: Double(mean[channel]), variance: Double(variance[channel]), scale: scale[channel],
        shift: shift[channel])
    }
    blocks.forEachTask { task, offset, count, channel in
      let sums = partial + 2 * task * lanes
      cvox_centred_products(
        x + offset, cotangent(offset, channel), count, lanes, factors + channel, offsets + channel, slopes + channel,
        means + channel, sums, sums + lanes)
    }
    for group in 0..<normalization.groups {
      var (sum, products) = (0.0, 0.0)
      for channel in groupChannels(group) {
        let totals = blocks.totals(partial, channel)
        sum += Double(scale[channel]) * totals.0
        products += Double(scale[channel]) * totals.1
      }
      for channel in groupChannels(group) {
        let rstd = reciprocalDeviation(Double(variance[channel]))
        a[channel] = Float(Double(scale[channel]) * rstd)
        b[channel] = Float(-rstd * rstd * rstd * products / population)
        c[channel] = Float(-rstd * sum / population)
      }
    }
    blocks.forEachTask { _, offset, count, channel in
      cvox_normalize_vjp(
        x + offset, cotangent(offset, channel), addend.map { $0 + offset }, count, lanes, factors + channel,
        offsets + channel, slopes + channel, means + channel, a + channel, b + channel, c + channel, dx + offset)
    }
  }
}
