internal import CDNNL
internal import CVoxKernels

/// A function of two values.
public enum Binary: Sendable {
  case add, subtract, multiply, divide, maximum, minimum
  /// 1 where the first is at least, or at most, the second; 0 elsewhere.
  case atLeast, atMost

  /// The function's code for loops of our own.
  var code: cvox_binary {
    switch self {
    case .add: CVOX_ADD
    case .subtract: CVOX_SUBTRACT
    case .multiply: CVOX_MULTIPLY
    case .divide: CVOX_DIVIDE
    case .maximum: CVOX_MAXIMUM
    case .minimum: CVOX_MINIMUM
    case .atLeast: CVOX_AT_LEAST
    case .atMost: CVOX_AT_MOST
    }
  }

  fileprivate var kind: cdnnl_binary_kind {
    switch self {
    case .add: CDNNL_ADD
    case .subtract: CDNNL_SUBTRACT
    case .multiply: CDNNL_MULTIPLY
    case .divide: CDNNL_DIVIDE
    case .maximum: CDNNL_MAXIMUM
    case .minimum: CDNNL_MINIMUM
    case .atLeast: CDNNL_AT_LEAST
    case .atMost: CDNNL_AT_MOST
    }
  }
}

/// A power of two tensors, and its derivatives.
public enum PowerFunction: Sendable {
  /// `source ^ secondSource`.
  case power
  /// Its derivative by `source`.
  case slope
  /// Its derivative by the exponent, from the base in `source` and the power in `secondSource`.
  case exponentSlope
}

extension Kernel {
  /// Copies values from one layout to another: `source` to `destination`.
  convenience init(reorder from: Layout, to: Layout) throws(EngineError) {
    try self.init("reorder of \(from.shape)") { cdnnl_reorder(from.handle, to.handle, $0) }
  }

  /// `source` to `destination`, the layout given or C order.
  public convenience init(_ function: Eltwise, _ layout: Layout) throws(EngineError) {
    switch function.implementation {
    case .primitive(let kind, let alpha, let beta):
      try self.init("\(function) of \(layout.shape)") { cdnnl_eltwise_forward(kind, alpha, beta, layout.handle, $0) }
    case .loop(let code, let a, let b):
      let (layout, count) = (try layout.withoutPadding(), layout.shape.count)
      self.init(
        LoopKernel("\(function)", [.source: layout, .destination: layout]) { slots throws(EngineError) in
          let (x, y) = (try slots.memory(.source), try slots.memory(.destination))
          inStretches(of: count) { cvox_map(code, a, b, x + $0, $1 - $0, y + $0) }
        })
    }
    allow(.destination, inPlaceOf: .source)
  }

  /// `source` of the forward pass and `destinationCotangent` to `sourceCotangent`, the layout given or C order.
  public convenience init(vjpOf function: Eltwise, _ layout: Layout) throws(EngineError) {
    switch function.implementation {
    case .primitive(let kind, let alpha, let beta):
      try self.init("VJP of \(function) of \(layout.shape)") {
        cdnnl_eltwise_backward(kind, alpha, beta, layout.handle, $0)
      }
    case .loop(let code, let a, let b):
      let (layout, count) = (try layout.withoutPadding(), layout.shape.count)
      let layouts: [Slot: Layout] = [.source: layout, .destinationCotangent: layout, .sourceCotangent: layout]
      self.init(
        LoopKernel("VJP of \(function)", layouts) { slots throws(EngineError) in
          let (x, dy) = (try slots.memory(.source), try slots.memory(.destinationCotangent))
          let dx = try slots.memory(.sourceCotangent)
          inStretches(of: count) { cvox_map_vjp(code, a, b, x + $0, dy + $0, $1 - $0, dx + $0) }
        })
    }
    allow(.sourceCotangent, inPlaceOf: .destinationCotangent)
  }

  /// `source` and `secondSource` of one shape to `destination`.
  public convenience init(_ function: PowerFunction, _ layout: Layout) throws(EngineError) {
    let (layout, count) = (try layout.withoutPadding(), layout.shape.count)
    let layouts: [Slot: Layout] = [.source: layout, .secondSource: layout, .destination: layout]
    self.init(
      LoopKernel("\(function)", layouts) { slots throws(EngineError) in
        let (a, b) = (try slots.memory(.source), try slots.memory(.secondSource))
        let y = try slots.memory(.destination)
        inStretches(of: count) { first, end in
          switch function {
          case .power: cvox_power(a + first, b + first, end - first, y + first)
          case .slope: cvox_power_slope(a + first, b + first, end - first, y + first)
          case .exponentSlope: cvox_exponent_slope(a + first, b + first, end - first, y + first)
          }
        }
      })
  }

  /// `weights` (a condition), `source` and `secondSource` to `destination`: the source where the condition is not 0.
  public convenience init(selection shape: Shape) throws(EngineError) {
    let (layout, count) = (try Layout(dense: shape), shape.count)
    let layouts: [Slot: Layout] = [.weights: layout, .source: layout, .secondSource: layout, .destination: layout]
    self.init(
      LoopKernel("selection", layouts) { slots throws(EngineError) in
        let (condition, y) = (try slots.memory(.weights), try slots.memory(.destination))
        let (a, b) = (try slots.memory(.source), try slots.memory(.secondSource))
        inStretches(of: count) { cvox_select(condition + $0, a + $0, b + $0, $1 - $0, y + $0) }
      })
  }

  /// `source` and broadcast `weights` (slopes) to `destination`.
  public convenience init(prelu source: Layout, slopes: Layout) throws(EngineError) {
    try self.init("PReLU of \(source.shape)") { cdnnl_prelu_forward(source.handle, slopes.handle, $0) }
  }

  /// `source`, `weights` and `destinationCotangent` to `sourceCotangent` and `weightsCotangent`.
  public convenience init(vjpOfPRelu source: Layout, slopes: Layout) throws(EngineError) {
    try self.init("VJP of PReLU of \(source.shape)") { cdnnl_prelu_backward(source.handle, slopes.handle, $0) }
  }

  /// `source` and `secondSource`, whose extents 1 are broadcast, to `destination` in the layout of `source`.
  public convenience init(_ function: Binary, _ source: Layout, _ second: Layout) throws(EngineError) {
    let primitive = DNNLKernel(
      owning: try made("\(function) of \(source.shape) and \(second.shape)") {
        cdnnl_binary(function.kind, source.handle, second.handle, $0)
      })
    // The library's reference code takes a hundred times as long as a loop over what lies next to each other.
    let isSlow = primitive.implementation.hasPrefix("ref")
    if isSlow, let loop = try BroadcastLoop(source, second) {
      self.init(loop.kernel(function))
    } else {
      self.init(primitive)
    }
    allow(.destination, inPlaceOf: .source)
  }

  /// `source` to `destination`, the sum over the axes whose extent is 1 in `destination`.
  public convenience init(sumOf source: Layout, to destination: Layout) throws(EngineError) {
    try self.init("sum of \(source.shape) to \(destination.shape)") {
      cdnnl_sum_over(source.handle, destination.handle, $0)
    }
  }
}

extension Layout {
  /// The layout itself where every bit of its memory is an element, C order elsewhere.
  fileprivate func withoutPadding() throws(EngineError) -> Layout { isPadded ? try Layout(dense: shape) : self }
}
