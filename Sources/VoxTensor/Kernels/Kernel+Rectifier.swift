internal import CVoxKernels

extension Kernel {
  /// `x` where positive, `slope * x` elsewhere: `source` to `destination`, the layout given, and to `signs`, a bit per
  /// element that says which; it is all that the derivative needs.
  public convenience init(rectifier slope: Float, _ layout: Layout) throws(EngineError) {
    let count = layout.bytes / MemoryLayout<Float>.size
    let layouts: [Slot: Layout] = [.source: layout, .destination: layout, .signs: try Layout(signs: count)]
    self.init(
      LoopKernel("rectifier", layouts) { slots throws(EngineError) in
        let (x, y) = (try slots.memory(.source), try slots.memory(.destination))
        let signs = try slots.memory(.signs, of: UInt32.self)
        inWords(of: count) { word, first, count in cvox_rectify(x + first, count, slope, y + first, signs + word) }
      })
    allow(.destination, inPlaceOf: .source)
  }

  /// `signs` of the forward pass and `destinationCotangent` to `sourceCotangent`, the layout given.
  public convenience init(vjpOfRectifier slope: Float, _ layout: Layout) throws(EngineError) {
    let count = layout.bytes / MemoryLayout<Float>.size
    let layouts: [Slot: Layout] = [
      .signs: try Layout(signs: count), .destinationCotangent: layout, .sourceCotangent: layout,
    ]
    self.init(
      LoopKernel("VJP of rectifier", layouts) { slots throws(EngineError) in
        let (dy, dx) = (try slots.memory(.destinationCotangent), try slots.memory(.sourceCotangent))
        let signs = try slots.memory(.signs, of: UInt32.self)
        inWords(of: count) { word, first, count in cvox_rectify_vjp(signs + word, dy + first, count, slope, dx + first)
        }
      })
    allow(.sourceCotangent, inPlaceOf: .destinationCotangent)
  }

  /// The same for a cotangent of the result. Of an outer product it reads the plane, a `row` and `factors`, where that many
  /// channels next to each other share words of signs.
  public convenience init(
    vjpOfRectifier slope: Float, _ layout: Layout, of cotangent: Operand
  ) throws(EngineError) {
    guard let product = cotangent.factors, case let blocks = try ChannelBlocks(layout), blocks.layout == layout,
      signsOfWord % blocks.lanes == 0
    else {
      try self.init(vjpOfRectifier: slope, layout)
      return
    }
    let factors = try FactorRow(blocks, rows: product.matrix?.shape[0])
    let count = layout.bytes / MemoryLayout<Float>.size
    var layouts = factors.layouts
    layouts[.signs] = try Layout(signs: count)
    layouts[.destinationCotangent] = try blocks.plane()
    layouts[.sourceCotangent] = layout
    self.init(
      LoopKernel("VJP of rectifier of outer product", layouts) { slots throws(EngineError) in
        let (plane, dx) = (try slots.memory(.destinationCotangent), try slots.memory(.sourceCotangent))
        let (signs, values) = (try slots.memory(.signs, of: UInt32.self), try factors.values(slots))
        values.withUnsafeBufferPointer { values in
          guard let row = values.baseAddress else { return }
          inWords(of: count) { word, first, count in
            blocks.multiply(plane, row, first..<first + count, to: dx)
            cvox_rectify_vjp(signs + word, dx + first, count, slope, dx + first)
          }
        }
      })
  }
}

extension ChannelBlocks {
  /// Elements of the outer product of a plane and a row of factors.
  fileprivate func multiply(
    _ plane: UnsafePointer<Float>, _ row: UnsafePointer<Float>, _ elements: Range<Int>,
    to y: UnsafeMutablePointer<Float>
  ) {
    let size = positions * lanes
    var first = elements.lowerBound
    while first < elements.upperBound {
      let block = first / size
      let end = min(elements.upperBound, (block + 1) * size)
      cvox_outer_product(
        plane + (first - block * size) / lanes, (end - first) / lanes, lanes, row + block * lanes, false, y + first)
      first = end
    }
  }
}

extension Layout {
  /// Words of 32 bits, one bit for each of a number of elements.
  fileprivate convenience init(signs count: Int) throws(EngineError) {
    try self.init(dense: [(count + signsOfWord - 1) / signsOfWord])
  }
}

/// Bits of a word of signs.
private let signsOfWord = 32

/// Runs stretches of elements that begin with a word's first bit.
private func inWords(of count: Int, _ body: (_ word: Int, _ first: Int, _ count: Int) -> Void) {
  inStretches(of: (count + signsOfWord - 1) / signsOfWord, 1 << 10) { word, end in
    let first = signsOfWord * word
    body(word, first, min(signsOfWord * end, count) - first)
  }
}
