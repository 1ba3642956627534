import _VoxReference

extension OperatorCase {
  static let activations: [OperatorCase] =
    shapes("Relu", .awayFromZero) + shapes("LeakyRelu", .awayFromZero, ["alpha": 0.01])
    + shapes("Elu", .awayFromZero, ["alpha": 1.0]) + shapes("Sigmoid") + shapes("Tanh") + otherActivations

  /// An activation over tensors of several ranks and numbers of channels.
  private static func shapes(
    _ name: String, _ values: Values = .uniform, _ attributes: [String: Reference.Attribute] = [:]
  ) -> [OperatorCase] {
    let shapes = [[1, 1, 5, 4, 6], [1, 16, 3, 4, 5], [1, 17, 3, 2, 5], [7, 13], [11]]
    return shapes.map { OperatorCase(name, "shape \($0)", $0, values, attributes) }
  }

  private static let otherActivations: [OperatorCase] = [
    OperatorCase("LeakyRelu", "slope by default", [1, 3, 4, 5, 3], .awayFromZero),
    OperatorCase("LeakyRelu", "slope 0.3", [1, 3, 4, 5, 3], .awayFromZero, ["alpha": 0.3]),
    OperatorCase("Elu", "scale 0.7", [1, 3, 4, 5, 3], .awayFromZero, ["alpha": 0.7]),
    OperatorCase(
      "PRelu", "one slope", [1, 8, 4, 3, 5], .awayFromZero, inputs: [.x, .literal([1])]),
    OperatorCase(
      "PRelu", "one slope of full rank", [1, 8, 4, 3, 5], .awayFromZero, inputs: [.x, .literal([1, 1, 1, 1])]),
    OperatorCase(
      "PRelu", "slope per channel, 16 channels", [1, 16, 4, 3, 5], .awayFromZero,
      inputs: [.x, .literal([16, 1, 1, 1])]),
    OperatorCase(
      "PRelu", "slope per channel, 17 channels", [1, 17, 4, 3, 5], .awayFromZero,
      inputs: [.x, .literal([17, 1, 1, 1])]),
    OperatorCase(
      "PRelu", "slope per element", [1, 3, 4, 3, 5], .awayFromZero, inputs: [.x, .literal([3, 4, 3, 5])]),
    OperatorCase(
      "PRelu", "slope along the last axis", [1, 3, 4, 3, 5], .awayFromZero, inputs: [.x, .literal([5])]),
    OperatorCase("Softmax", "channels", [1, 5, 3, 4, 6], .uniform, ["axis": 1]),
    OperatorCase("Softmax", "16 channels", [1, 16, 3, 4, 5], .uniform, ["axis": 1]),
    OperatorCase("Softmax", "last axis by default", [3, 4, 7]),
    OperatorCase("Softmax", "negative axis", [1, 5, 3, 4, 6], .uniform, ["axis": -3]),
    OperatorCase("Softmax", "axes together before opset 13", [2, 5, 3, 4], .uniform, ["axis": 1], opset: 11),
  ]
}
