internal import CVoxKernels

extension Kernel {
  /// The outer product of a row of factors and a plane, whole.
  ///
  /// `source` [1, 1, D1...Dk], the number of a `row` and `factors` [K, C], or the unit matrix without them, to
  /// `destination` [1, C, D1...Dk], plus a `secondSource` where it adds.
  ///
  /// - Parameters:
  ///   - layout: that of the product; C order in place of one whose order cannot be seen as blocks of channels.
  ///   - rows: K; `nil` for the unit matrix.
  ///   - adds: whether there is a `secondSource`.
  convenience init(outerProduct layout: Layout, rows: Int?, adds: Bool = false) throws(EngineError) {
    self.init(try OuterProductKernel(try ChannelBlocks(layout), rows: rows, adds: adds))
    if adds {
      allow(.destination, inPlaceOf: .secondSource)
    } else {
      setAdding { () throws(EngineError) in try Kernel(outerProduct: layout, rows: rows, adds: true) }
    }
  }
}

/// A row of factors, padded to blocks of channels, as a kernel reads it.
struct FactorRow {
  /// Layouts of the slots `row` and, where there is a matrix, `factors`.
  let layouts: [Kernel.Slot: Layout]
  private let channels: Int
  private let padded: Int

  /// - Parameter rows: how many there are; `nil` for the unit matrix.
  init(_ blocks: ChannelBlocks, rows: Int?) throws(EngineError) {
    var layouts = [Kernel.Slot.row: try Layout(dense: [1])]
    if let rows { layouts[.factors] = try Layout(dense: [rows, blocks.channels]) }
    (self.layouts, channels, padded) = (layouts, blocks.channels, blocks.paddedChannels)
  }

  /// The factor of every channel, and zeros for the padding.
  func values(_ slots: NativeKernel) throws(EngineError) -> [Float] {
    let row = Int(try slots.memory(.row).pointee)
    var values = [Float](repeating: 0, count: padded)
    if layouts[.factors] == nil {
      values[row] = 1
    } else {
      let matrix = try slots.memory(.factors)
      for channel in 0..<channels { values[channel] = matrix[row * channels + channel] }
    }
    return values
  }
}

private final class OuterProductKernel: NativeKernel, KernelBackend {
  private let blocks: ChannelBlocks
  private let factors: FactorRow
  private let layouts: [Kernel.Slot: Layout]
  private let adds: Bool

  init(_ blocks: ChannelBlocks, rows: Int?, adds: Bool) throws(EngineError) {
    factors = try FactorRow(blocks, rows: rows)
    var layouts = factors.layouts
    layouts[.source] = try blocks.plane()
    layouts[.destination] = blocks.layout
    if adds { layouts[.secondSource] = blocks.layout }
    (self.blocks, self.layouts, self.adds) = (blocks, layouts, adds)
  }

  var implementation: String { "native:outer product" }

  func layout(_ slot: Kernel.Slot) -> Layout? { layouts[slot] }

  func run() throws(EngineError) {
    let (plane, y) = (try memory(.source), try memory(.destination))
    let (lanes, adds) = (blocks.lanes, self.adds)
    if adds { bringAddend(try memory(.secondSource), to: y, blocks.layout.bytes / MemoryLayout<Float>.size) }
    try factors.values(self).withUnsafeBufferPointer { values in
      guard let row = values.baseAddress else { return }
      blocks.forEachTask { _, offset, count, channel in
        // Nothing is added to most channels of one class's cotangent.
        if adds, (0..<lanes).allSatisfy({ row[channel + $0] == 0 }) { return }
        cvox_outer_product(plane + blocks.position(offset, channel), count, lanes, row + channel, adds, y + offset)
      }
    }
  }
}
