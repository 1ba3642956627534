internal import CVoxKernels

extension Kernel {
  /// Normalizes each row of a matrix.
  ///
  /// `source` [R, N], `scale` [N] and `shift` [N] to `destination`, and to `mean` [R] and `variance` [R], which holds
  /// `1 / sqrt(var + epsilon)`.
  public convenience init(layerNormalization shape: Shape, epsilon: Float) throws(EngineError) {
    let (rows, count) = (shape[0], shape[1])
    let (matrix, column, row) = (try Layout(dense: shape), try Layout(dense: [rows]), try Layout(dense: [count]))
    let layouts: [Slot: Layout] = [
      .source: matrix, .destination: matrix, .scale: row, .shift: row, .mean: column, .variance: column,
    ]
    self.init(
      LoopKernel("layer normalization", layouts) { slots throws(EngineError) in
        let (x, y) = (try slots.memory(.source), try slots.memory(.destination))
        let (scale, shift) = (try slots.memory(.scale), try slots.memory(.shift))
        let (mean, rstd) = (try slots.memory(.mean), try slots.memory(.variance))
        inStretches(of: rows, (1 << 15) / count) { first, end in
          cvox_layer_normalization(
            x + first * count, end - first, count, Double(epsilon), scale, shift, y + first * count, mean + first,
            rstd + first)
        }
      })
    allow(.destination, inPlaceOf: .source)
  }

  /// `source`, its `mean` and `variance`, `scale` and `destinationCotangent` to `sourceCotangent`.
  public convenience init(vjpOfLayerNormalization shape: Shape) throws(EngineError) {
    try self.init(vjpOfLayerNormalization: shape, adds: false)
    setAdding { () throws(EngineError) in try Kernel(vjpOfLayerNormalization: shape, adds: true) }
  }

  private convenience init(vjpOfLayerNormalization shape: Shape, adds: Bool) throws(EngineError) {
    let (rows, count) = (shape[0], shape[1])
    let (matrix, column, row) = (try Layout(dense: shape), try Layout(dense: [rows]), try Layout(dense: [count]))
    var layouts: [Slot: Layout] = [
      .source: matrix, .destinationCotangent: matrix, .sourceCotangent: matrix, .scale: row, .mean: column,
      .variance: column,
    ]
    if adds { layouts[.secondSource] = matrix }
    self.init(
      LoopKernel("VJP of layer normalization", layouts) { slots throws(EngineError) in
        let (x, dy) = (try slots.memory(.source), try slots.memory(.destinationCotangent))
        let (dx, scale) = (try slots.memory(.sourceCotangent), try slots.memory(.scale))
        let (mean, rstd) = (try slots.memory(.mean), try slots.memory(.variance))
        let addend = adds ? try slots.memory(.secondSource) : nil
        inStretches(of: rows, (1 << 15) / count) { first, end in
          cvox_layer_normalization_vjp(
            x + first * count, dy + first * count, addend.map { $0 + first * count }, end - first, count, scale,
            mean + first, rstd + first, dx + first * count)
        }
      })
    if adds { allow(.sourceCotangent, inPlaceOf: .secondSource) }
    allow(.sourceCotangent, inPlaceOf: .destinationCotangent)
  }

  /// `source` [R, N] to `destination` [R], the largest of each row, and to `workspace`, its place.
  public convenience init(rowMaxima shape: Shape) throws(EngineError) {
    let (rows, count) = (shape[0], shape[1])
    let column = try Layout(dense: [rows])
    self.init(
      LoopKernel(
        "row maxima", [.source: try Layout(dense: shape), .destination: column, .workspace: column]
      ) { slots throws(EngineError) in
        let (x, y) = (try slots.memory(.source), try slots.memory(.destination))
        let places = UnsafeMutableRawPointer(try slots.memory(.workspace)).assumingMemoryBound(to: Int32.self)
        inStretches(of: rows, (1 << 15) / count) { first, end in
          cvox_row_maxima(x + first * count, end - first, count, y + first, places + first)
        }
      })
  }

  /// `destinationCotangent` [R] and `workspace` to `sourceCotangent` [R, N].
  public convenience init(vjpOfRowMaxima shape: Shape) throws(EngineError) {
    let (rows, count) = (shape[0], shape[1])
    let column = try Layout(dense: [rows])
    let layouts: [Slot: Layout] = [
      .sourceCotangent: try Layout(dense: shape), .destinationCotangent: column, .workspace: column,
    ]
    self.init(
      LoopKernel("VJP of row maxima", layouts) { slots throws(EngineError) in
        let (dx, dy) = (try slots.memory(.sourceCotangent), try slots.memory(.destinationCotangent))
        let places = UnsafeMutableRawPointer(try slots.memory(.workspace)).assumingMemoryBound(to: Int32.self)
        inStretches(of: rows, (1 << 15) / count) { first, end in
          cvox_row_maxima_vjp(dy + first, places + first, end - first, count, dx + first * count)
        }
      })
  }
}
