public import _VoxReference

/// One operator with attributes and inputs of given shapes; one table of them serves every check and the benchmark.
///
/// The graph of a case has one node and one input `x`; everything else the node reads is a literal made from the seed.
public struct OperatorCase: Sendable, CustomStringConvertible {
  /// What the node reads at one position.
  public enum Input: Sendable {
    /// The input of the graph.
    case x
    /// The square of the graph's input, so that two inputs of the node vary in different ways.
    case squaredX
    /// Random values.
    case literal([Int], Values = .uniform)
    /// The given integers in one axis.
    case integers([Int])
    /// The given integers or Booleans under a shape.
    case shaped([Int], [Int])
    /// The given floats in one axis.
    case floats([Float])
    /// One given float without axes.
    case scalar(Float)
    /// Nothing: an optional input left out.
    case absent
  }

  /// How random values are drawn.
  public enum Values: Sendable {
    /// Evenly from -1 to 1.
    case uniform
    /// Evenly from -1 to 1, nothing closer to 0 than 0.1: clear of a kink there.
    case awayFromZero
    /// Evenly from 0.5 to 1.5, as a variance or a divisor.
    case positive
    /// All different by at least 0.01, in random order: no ties under a window, no kink at 0.
    case distinct
  }

  /// Operator and what is special about the case; stable, since reports are compared by it.
  public let name: String
  /// Name of the operator in ONNX.
  public let operatorName: String
  public let attributes: [String: Reference.Attribute]
  /// Shape of the graph's input.
  public let shape: [Int]
  /// How the graph's input is drawn.
  public let values: Values
  /// What the node reads.
  public let inputs: [Input]
  public let opset: Int
  /// Largest error of the output, relative to the reference's maximum.
  public let tolerance: Double
  /// Largest error of a projected VJP, relative to its size for random directions.
  public let gradientTolerance: Double

  /// The name.
  public var description: String { name }

  init(
    _ operatorName: String, _ note: String, _ shape: [Int], _ values: Values = .uniform, inputs: [Input] = [.x],
    _ attributes: [String: Reference.Attribute] = [:], opset: Int = 17, tolerance: Double = 3e-6,
    gradientTolerance: Double = 1e-5
  ) {
    name = "\(operatorName): \(note)"
    (self.operatorName, self.attributes, self.opset) = (operatorName, attributes, opset)
    (self.shape, self.values, self.inputs) = (shape, values, inputs)
    (self.tolerance, self.gradientTolerance) = (tolerance, gradientTolerance)
  }

  /// Every case.
  public static let all: [OperatorCase] =
    convolutions + normalizations + activations + arithmetic + poolings + layouts + functions + reductions + products
    + indexings + paddings + resizings + constants
}
