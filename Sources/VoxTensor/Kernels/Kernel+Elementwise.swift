internal import CDNNL

/// A function of one value.
public enum Eltwise: Sendable {
  /// `x` where positive, `slope * x` elsewhere.
  case relu(slope: Float)
  /// `x` where positive, `alpha * (exp(x) - 1)` elsewhere.
  case elu(alpha: Float)
  /// `1 / (1 + exp(-x))`.
  case logistic
  /// Hyperbolic tangent.
  case tanh
  /// `factor * x + offset`.
  case linear(factor: Float, offset: Float)

  fileprivate var parameters: (cdnnl_eltwise, Float, Float) {
    switch self {
    case .relu(let slope): (CDNNL_RELU, slope, 0)
    case .elu(let alpha): (CDNNL_ELU, alpha, 0)
    case .logistic: (CDNNL_LOGISTIC, 0, 0)
    case .tanh: (CDNNL_TANH, 0, 0)
    case .linear(let factor, let offset): (CDNNL_LINEAR, factor, offset)
    }
  }
}

/// A function of two values.
public enum Binary: Sendable {
  case add, subtract, multiply, divide

  fileprivate var kind: cdnnl_binary_kind {
    switch self {
    case .add: CDNNL_ADD
    case .subtract: CDNNL_SUBTRACT
    case .multiply: CDNNL_MULTIPLY
    case .divide: CDNNL_DIVIDE
    }
  }
}

extension Kernel {
  /// Copies values from one layout to another: `source` to `destination`.
  convenience init(reorder from: Layout, to: Layout) throws(EngineError) {
    try self.init("reorder of \(from.shape)") { cdnnl_reorder(from.handle, to.handle, $0) }
  }

  /// `source` to `destination`, same layout.
  public convenience init(_ function: Eltwise, _ layout: Layout) throws(EngineError) {
    let (kind, alpha, beta) = function.parameters
    try self.init("\(function) of \(layout.shape)") { cdnnl_eltwise_forward(kind, alpha, beta, layout.handle, $0) }
  }

  /// `source` of the forward pass and `destinationCotangent` to `sourceCotangent`, same layout.
  public convenience init(vjpOf function: Eltwise, _ layout: Layout) throws(EngineError) {
    let (kind, alpha, beta) = function.parameters
    try self.init("VJP of \(function) of \(layout.shape)") {
      cdnnl_eltwise_backward(kind, alpha, beta, layout.handle, $0)
    }
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
    try self.init("\(function) of \(source.shape) and \(second.shape)") {
      cdnnl_binary(function.kind, source.handle, second.handle, $0)
    }
  }

  /// `source` to `destination`, the sum over the axes whose extent is 1 in `destination`.
  public convenience init(sumOf source: Layout, to destination: Layout) throws(EngineError) {
    try self.init("sum of \(source.shape) to \(destination.shape)") {
      cdnnl_sum_over(source.handle, destination.handle, $0)
    }
  }
}
