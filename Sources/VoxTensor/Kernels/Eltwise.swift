internal import CDNNL
internal import CVoxKernels

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

  case abs, ceil, cos, erf, exp, floor, log, mish, reciprocal, sign, sin, softplus, softsign, squareRoot, square
  /// `x` where positive, `alpha * (exp(x / alpha) - 1)` elsewhere.
  case celu(alpha: Float)
  /// The nearest value between two.
  case clip(least: Float, most: Float)
  /// `x` times the normal distribution at `x`, or its approximation by a hyperbolic tangent.
  case gelu(isApproximate: Bool)
  /// `factor * x + offset` between 0 and 1.
  case hardSigmoid(factor: Float, offset: Float)
  /// `x * hardSigmoid(x)` of factor 1/6 and offset 1/2.
  case hardSwish
  /// `x ^ exponent`.
  case power(exponent: Float)
  /// To the nearest integer, halves to the even one.
  case round
  /// `gamma * x` where positive, `gamma * alpha * (exp(x) - 1)` elsewhere.
  case selu(alpha: Float, gamma: Float)
  /// `x` above the threshold, 0 elsewhere.
  case thresholded(threshold: Float)

  /// What computes a function.
  enum Implementation {
    /// A primitive of the kernel library with its two parameters.
    case primitive(cdnnl_eltwise, Float, Float)
    /// A loop of our own with its two parameters.
    case loop(cvox_function, Float, Float)
  }

  var implementation: Implementation {
    switch self {
    case .relu(let slope): .primitive(CDNNL_RELU, slope, 0)
    case .elu(let alpha): .primitive(CDNNL_ELU, alpha, 0)
    case .logistic: .primitive(CDNNL_LOGISTIC, 0, 0)
    case .tanh: .primitive(CDNNL_TANH, 0, 0)
    case .linear(let factor, let offset): .primitive(CDNNL_LINEAR, factor, offset)
    case .abs: .loop(CVOX_ABS, 0, 0)
    case .ceil: .loop(CVOX_CEIL, 0, 0)
    case .celu(let alpha): .loop(CVOX_CELU, alpha, 0)
    case .clip(let least, let most): .loop(CVOX_CLIP, least, most)
    case .cos: .loop(CVOX_COS, 0, 0)
    case .erf: .loop(CVOX_ERF, 0, 0)
    case .exp: .loop(CVOX_EXP, 0, 0)
    case .floor: .loop(CVOX_FLOOR, 0, 0)
    case .gelu(isApproximate: false): .primitive(CDNNL_GELU_ERF, 0, 0)
    case .gelu(isApproximate: true): .loop(CVOX_GELU_TANH, 0, 0)
    case .hardSigmoid(let factor, let offset): .loop(CVOX_HARD_SIGMOID, factor, offset)
    case .hardSwish: .loop(CVOX_HARD_SWISH, 0, 0)
    case .log: .loop(CVOX_LOG, 0, 0)
    case .mish: .loop(CVOX_MISH, 0, 0)
    case .power(let exponent): exponent == 2 ? .loop(CVOX_SQUARE, 0, 0) : .loop(CVOX_POWER, exponent, 0)
    case .reciprocal: .loop(CVOX_RECIPROCAL, 0, 0)
    case .round: .loop(CVOX_ROUND, 0, 0)
    case .selu(let alpha, let gamma): .loop(CVOX_SELU, alpha, gamma)
    case .sign: .loop(CVOX_SIGN, 0, 0)
    case .sin: .loop(CVOX_SIN, 0, 0)
    case .softplus: .loop(CVOX_SOFTPLUS, 0, 0)
    case .softsign: .loop(CVOX_SOFTSIGN, 0, 0)
    case .square: .loop(CVOX_SQUARE, 0, 0)
    case .squareRoot: .loop(CVOX_SQRT, 0, 0)
    case .thresholded(let threshold): .loop(CVOX_THRESHOLDED, threshold, 0)
    }
  }
}
