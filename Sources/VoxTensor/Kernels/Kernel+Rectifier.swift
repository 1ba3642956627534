internal import CVoxKernels

extension Kernel {
  /// `x` where positive, `slope * x` elsewhere: `source` to `destination`, the layout given, and to `workspace`, a bit per
  /// element that says which; it is all that the derivative needs.
  public convenience init(rectifier slope: Float, _ layout: Layout) throws(EngineError) {
    let count = layout.bytes / MemoryLayout<Float>.size
    let layouts: [Slot: Layout] = [.source: layout, .destination: layout, .workspace: try Layout(signs: count)]
    self.init(
      LoopKernel("rectifier", layouts) { slots throws(EngineError) in
        let (x, y) = (try slots.memory(.source), try slots.memory(.destination))
        let signs = try slots.signs()
        inWords(of: count) { word, first, count in cvox_rectify(x + first, count, slope, y + first, signs + word) }
      })
    allow(.destination, inPlaceOf: .source)
  }

  /// `workspace` of the forward pass and `destinationCotangent` to `sourceCotangent`, the layout given.
  public convenience init(vjpOfRectifier slope: Float, _ layout: Layout) throws(EngineError) {
    let count = layout.bytes / MemoryLayout<Float>.size
    let layouts: [Slot: Layout] = [
      .workspace: try Layout(signs: count), .destinationCotangent: layout, .sourceCotangent: layout,
    ]
    self.init(
      LoopKernel("VJP of rectifier", layouts) { slots throws(EngineError) in
        let (dy, dx) = (try slots.memory(.destinationCotangent), try slots.memory(.sourceCotangent))
        let signs = try slots.signs()
        inWords(of: count) { word, first, count in cvox_rectify_vjp(signs + word, dy + first, count, slope, dx + first)
        }
      })
    allow(.sourceCotangent, inPlaceOf: .destinationCotangent)
  }
}

extension Layout {
  /// Words of 32 bits, one bit for each of a number of elements.
  fileprivate convenience init(signs count: Int) throws(EngineError) { try self.init(dense: [(count + 31) / 32]) }
}

extension LoopKernel {
  fileprivate func signs() throws(EngineError) -> UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(try memory(.workspace)).assumingMemoryBound(to: UInt32.self)
  }
}

/// Runs stretches of elements that begin with a word's first bit.
private func inWords(of count: Int, _ body: (_ word: Int, _ first: Int, _ count: Int) -> Void) {
  inStretches(of: (count + 31) / 32, 1 << 10) { word, end in body(word, 32 * word, min(32 * end, count) - 32 * word) }
}
